import { ApiMapping, DomainName, type IApi, IpAddressType, type IStage } from 'aws-cdk-lib/aws-apigatewayv2';
import type { ICertificate } from 'aws-cdk-lib/aws-certificatemanager';
import type { IHostedZone } from 'aws-cdk-lib/aws-route53';
import { Construct } from 'constructs';
import { Alias } from './alias';

/** Props of {@link RegionalHost}. */
export interface RegionalHostProps {
  /** API that the domain name maps to. */
  readonly api: IApi;
  /** Stage of the API. */
  readonly stage: IStage;
  /** Custom domain name of the API. */
  readonly domainName: string;
  /** Name of the record: the domain name itself, or the name that latency records are an alias of. */
  readonly recordName: string;
  /** Zone of the record. */
  readonly zone: IHostedZone;
  /** Certificate of the domain name. */
  readonly certificate: ICertificate;
}

/** A custom domain name of an API, without a path, and its DNS record. The default endpoint of the API stays enabled. */
export class RegionalHost extends Construct {
  public constructor(scope: Construct, id: string, props: RegionalHostProps) {
    super(scope, id);
    const { api, stage, domainName: name, recordName, zone, certificate } = props;
    const domainName = new DomainName(this, 'Resource', {
      domainName: name,
      certificate,
      ipAddressType: IpAddressType.DUAL_STACK,
    });
    new ApiMapping(this, 'Mapping', { api, domainName, stage });
    const { regionalDomainName: target, regionalHostedZoneId: targetZoneId } = domainName;
    new Alias(this, 'Record', { zone, name: recordName, target, targetZoneId });
  }
}
