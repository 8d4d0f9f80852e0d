import type { ResourceType } from '../../types';
import { stableId } from './naming';
import { required } from './properties';
import type { Services } from '../../services/registry';

/** https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-apigatewayv2-domainname.html */
export const awsApiGatewayV2DomainName: ResourceType<Services> = {
  type: 'AWS::ApiGatewayV2::DomainName',
  create({ properties, region, services, unsupported }) {
    const name = required(properties, 'DomainName');
    if (properties.MutualTlsAuthentication !== undefined)
      unsupported('mutual TLS is not emulated; clients need no certificate');
    services.apigateway.hosts.add(name);
    return {
      ref: name,
      attributes: {
        DomainNameArn: `arn:aws:apigateway:${region}::/domainnames/${name}`,
        RegionalDomainName: `d-${stableId(10, region, name)}.execute-api.${region}.amazonaws.com`,
        RegionalHostedZoneId: `Z${stableId(13, region).toUpperCase()}`,
      },
    };
  },
};
