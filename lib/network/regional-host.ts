import { ApiMapping, DomainName, type IApi, IpAddressType, type IStage } from 'aws-cdk-lib/aws-apigatewayv2';
import type { ICertificate } from 'aws-cdk-lib/aws-certificatemanager';
import type { IHostedZone } from 'aws-cdk-lib/aws-route53';
import { Construct } from 'constructs';
import { Alias } from './alias';

/** Props of {@link RegionalHost}. */
export interface RegionalHostProps {
  /** What it leads to. */
  readonly api: IApi;
  /** The API's stage. */
  readonly stage: IStage;
  /** The name that the API answers to. */
  readonly domainName: string;
  /** The record that leads there: the name itself, or what other records stand for. */
  readonly recordName: string;
  /** Where the record is made. */
  readonly zone: IHostedZone;
  /** Its certificate. */
  readonly certificate: ICertificate;
}

/** A name that an API of the region answers to, without a path. The API's own address goes on working. */
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
