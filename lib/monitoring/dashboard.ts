import {
  AlarmStatusWidget,
  Dashboard,
  GraphWidget,
  type HorizontalAnnotation,
  type IAlarm,
  type IWidget,
  TextWidget,
} from 'aws-cdk-lib/aws-cloudwatch';
import { Construct } from 'constructs';
import { type AlarmSpec, SECTIONS } from './alarm-spec';
import { CATALOG, docsLink } from './catalog';
import type { CatalogAlarm } from './catalog-alarm';

/** Props of {@link AlarmDashboard}. */
export interface AlarmDashboardProps {
  /** Name, unique in the account. */
  readonly dashboardName: string;
  /** Title: network or backend, and region. */
  readonly title: string;
  /** Alarms whose states are shown, the composite alarm included. */
  readonly states: IAlarm[];
  /** Alarms whose metrics are shown. */
  readonly alarms: CatalogAlarm[];
}

/** Width of a dashboard, in CloudWatch's grid units: room for three graphs. */
const WIDTH = 24;
const GRAPH = { width: 8, height: 6 };
/** Alarms in a row of the alarm status widget, and the height of a row. */
const STATES = { inRow: 6, height: 1 };

/** Dashboard of the alarms: the state of every alarm, then a graph with the threshold for each catalog entry, in sections. */
export class AlarmDashboard extends Construct {
  /** Name of the dashboard. */
  public readonly dashboardName: string;

  public constructor(scope: Construct, id: string, props: AlarmDashboardProps) {
    super(scope, id);
    const { dashboardName, title, states, alarms } = props;
    const sections = SECTIONS.map((section) => ({
      section,
      specs: CATALOG.filter((spec) => spec.section === section && alarms.some((alarm) => alarm.spec === spec)),
    })).filter(({ specs }) => specs.length > 0);
    const dashboard = new Dashboard(this, 'Resource', {
      dashboardName,
      start: '-PT8H',
      widgets: [
        [
          heading(
            `# ${title}\nMeaning of each alarm, and what to do: [docs/reference/alarms.md](${docsLink('alarms')})`,
            2,
          ),
        ],
        [
          new AlarmStatusWidget({
            title: 'Alarms',
            alarms: states,
            width: WIDTH,
            height: 2 + Math.ceil(states.length / STATES.inRow) * STATES.height,
          }),
        ],
        ...sections.flatMap(({ section, specs }) => [
          [heading(`## ${section}`, 1)],
          ...rowsOf(
            specs.map((spec) =>
              graph(
                spec,
                alarms.filter((alarm) => alarm.spec === spec),
              ),
            ),
          ),
        ]),
      ],
    });
    this.dashboardName = dashboard.dashboardName;
  }
}

function heading(markdown: string, height: number): IWidget {
  return new TextWidget({ markdown, width: WIDTH, height });
}

function graph(spec: AlarmSpec, alarms: readonly CatalogAlarm[]): IWidget {
  const thresholds = new Set(alarms.map(({ threshold }) => threshold));
  const leftAnnotations = [...thresholds].map(
    (value): HorizontalAnnotation => ({ value, label: `alarm ${spec.comparison} ${value}`, color: '#d13212' }),
  );
  return new GraphWidget({
    title: `${spec.title} (${spec.unit})`,
    left: alarms.map(({ metric }) => metric),
    leftAnnotations,
    leftYAxis: { min: 0, showUnits: false },
    ...GRAPH,
  });
}

function rowsOf(widgets: readonly IWidget[]): IWidget[][] {
  const inRow = WIDTH / GRAPH.width;
  return Array.from({ length: Math.ceil(widgets.length / inRow) }, (_, row) =>
    widgets.slice(row * inRow, (row + 1) * inRow),
  );
}
