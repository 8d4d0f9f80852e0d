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
import type { MadeAlarm } from './region-alarms';

/** Props of {@link AlarmDashboard}. */
export interface AlarmDashboardProps {
  /** Its name, unique in the account. */
  readonly dashboardName: string;
  /** What it is about. */
  readonly title: string;
  /** Everything that has a state. */
  readonly all: IAlarm[];
  /** The alarms with what they watch. */
  readonly made: MadeAlarm[];
}

/** A dashboard is 24 units wide; three graphs stand side by side. */
const WIDTH = 24;
const GRAPH = { width: 8, height: 6 };
/** Alarms in one row of the grid of states, and how high a row is. */
const STATES = { inRow: 6, height: 1 };

/**
 * What somebody looks at who was woken up: the state of every alarm on top, then a section for each part of the region, with a
 * graph for each kind of alarm, its thresholds drawn in.
 */
export class AlarmDashboard extends Construct {
  /** Its name. */
  public readonly dashboardName: string;

  public constructor(scope: Construct, id: string, props: AlarmDashboardProps) {
    super(scope, id);
    const { dashboardName, title, all, made } = props;
    const sections = SECTIONS.map((section) => ({
      section,
      specs: CATALOG.filter((spec) => spec.section === section && made.some((one) => one.spec === spec)),
    })).filter(({ specs }) => specs.length > 0);
    const dashboard = new Dashboard(this, 'Resource', {
      dashboardName,
      start: '-PT8H',
      widgets: [
        [
          heading(
            `# ${title}\nWhat each alarm means, and what to do: [docs/reference/alarms.md](${docsLink('alarms')})`,
            2,
          ),
        ],
        [
          new AlarmStatusWidget({
            title: 'Alarms',
            alarms: all,
            width: WIDTH,
            height: 2 + Math.ceil(all.length / STATES.inRow) * STATES.height,
          }),
        ],
        ...sections.flatMap(({ section, specs }) => [
          [heading(`## ${section}`, 1)],
          ...rowsOf(
            specs.map((spec) =>
              graph(
                spec,
                made.filter((one) => one.spec === spec),
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

function graph(spec: AlarmSpec, made: readonly MadeAlarm[]): IWidget {
  const thresholds = new Set(made.map(({ threshold }) => threshold));
  const leftAnnotations = [...thresholds].map(
    (value): HorizontalAnnotation => ({ value, label: `alarm ${spec.comparison} ${value}`, color: '#d13212' }),
  );
  return new GraphWidget({
    title: `${spec.title} (${spec.unit})`,
    left: made.map(({ metric }) => metric),
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
