// Domain names, records and health checks of a network of several regions (ADR 0012), written by hand to test the local cloud with.
import type { Resources, TestStack } from '../local/local-cloud';

export const DOMAIN = 'rt.example.com';
const HostedZoneName = `${DOMAIN}.`;

/** Domain names of a region's APIs, and their records without health checks. */
export function regionalNames(region: string): Resources {
  const names = ['ws', 'http'].flatMap((api) => [`${api}.${DOMAIN}`, `${api}-${region}.${DOMAIN}`]);
  return {
    Certificate: { Type: 'AWS::CertificateManager::Certificate', Properties: { DomainName: `*.${DOMAIN}` } },
    ...Object.fromEntries(
      names.map((DomainName) => [
        `Domain${idOf(DomainName)}`,
        {
          Type: 'AWS::ApiGatewayV2::DomainName',
          Properties: {
            DomainName,
            DomainNameConfigurations: [{ CertificateArn: { Ref: 'Certificate' }, EndpointType: 'REGIONAL' }],
          },
        },
      ]),
    ),
    ...Object.fromEntries(
      ['ws', 'http'].flatMap((api) =>
        ['A', 'AAAA'].map((Type) => [
          `Record${api}${Type}`,
          {
            Type: 'AWS::Route53::RecordSet',
            Properties: {
              HostedZoneName,
              Name: `${api}-${region}.${DOMAIN}.`,
              Type,
              AliasTarget: {
                DNSName: { 'Fn::GetAtt': [`Domain${idOf(`${api}-${region}.${DOMAIN}`)}`, 'RegionalDomainName'] },
                HostedZoneId: { 'Fn::GetAtt': [`Domain${idOf(`${api}-${region}.${DOMAIN}`)}`, 'RegionalHostedZoneId'] },
              },
            },
          },
        ]),
      ),
    ),
  };
}

/** Maps an API of the same stack to its two names. */
export function mappingsOf(region: string, api: 'ws' | 'http', stage: string): Resources {
  return Object.fromEntries(
    [`${api}.${DOMAIN}`, `${api}-${region}.${DOMAIN}`].map((DomainName) => [
      `Mapping${idOf(DomainName)}`,
      { Type: 'AWS::ApiGatewayV2::ApiMapping', Properties: { ApiId: { Ref: 'Api' }, DomainName, Stage: stage } },
    ]),
  );
}

/** Health checks and latency records. The region before in the list reports whether a region is evacuated. */
export function routing(regions: readonly string[]): Resources {
  return Object.fromEntries(
    regions.flatMap((region, i) => {
      const peer = regions.at(i - 1) ?? region;
      const id = idOf(region);
      return [
        [`Endpoint${id}`, endpointCheck(`http-${region}.${DOMAIN}`, '/health', { Type: 'HTTPS' })],
        [
          `Evacuated${id}`,
          endpointCheck(`http-${peer}.${DOMAIN}`, `/evacuated/${region}`, {
            Type: 'HTTPS_STR_MATCH',
            SearchString: `"evacuated":"${region}"`,
            Inverted: true,
            RequestInterval: 30,
          }),
        ],
        [
          `Healthy${id}`,
          {
            Type: 'AWS::Route53::HealthCheck',
            Properties: {
              HealthCheckConfig: {
                Type: 'CALCULATED',
                HealthThreshold: 2,
                ChildHealthChecks: [{ Ref: `Endpoint${id}` }, { Ref: `Evacuated${id}` }],
              },
            },
          },
        ],
        ...['ws', 'http'].flatMap((api) =>
          ['A', 'AAAA'].map((Type) => [
            `Latency${api}${Type}${id}`,
            {
              Type: 'AWS::Route53::RecordSet',
              Properties: {
                HostedZoneName,
                Name: `${api}.${DOMAIN}.`,
                Type,
                Region: region,
                SetIdentifier: region,
                HealthCheckId: { Ref: `Healthy${id}` },
                AliasTarget: {
                  DNSName: `${api}-${region}.${DOMAIN}`,
                  HostedZoneId: 'ZONE',
                  EvaluateTargetHealth: false,
                },
              },
            },
          ]),
        ),
      ];
    }),
  );
}

/** The stacks of a network without its APIs. */
export function networkNames(regions: readonly string[]): Record<string, TestStack> {
  const zone = { Zone: { Type: 'AWS::Route53::HostedZone', Properties: { Name: HostedZoneName } } };
  return {
    Global: { region: regions[0]!, template: { Resources: zone } },
    ...Object.fromEntries(
      regions.map((region) => [`Names-${region}`, { region, template: { Resources: regionalNames(region) } }]),
    ),
    Routing: { region: 'us-east-1', template: { Resources: routing(regions) } },
  };
}

function endpointCheck(FullyQualifiedDomainName: string, ResourcePath: string, rest: object): object {
  return {
    Type: 'AWS::Route53::HealthCheck',
    Properties: {
      HealthCheckConfig: {
        FullyQualifiedDomainName,
        ResourcePath,
        Port: 443,
        RequestInterval: 10,
        FailureThreshold: 3,
        ...rest,
      },
    },
  };
}

function idOf(name: string): string {
  return name.replaceAll(/[^a-z0-9]/g, '');
}
