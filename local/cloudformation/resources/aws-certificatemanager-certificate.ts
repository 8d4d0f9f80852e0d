import type { ResourceType } from '../../types';
import { stableId } from './naming';
import type { Services } from '../../services/registry';

/**
 * A certificate consists of its ARN: the local cloud has no TLS.
 * https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-certificatemanager-certificate.html
 */
export const awsCertificateManagerCertificate: ResourceType<Services> = {
  type: 'AWS::CertificateManager::Certificate',
  create({ region, accountId, stackName, logicalId }) {
    const id = stableId(32, region, stackName, logicalId);
    return { ref: `arn:aws:acm:${region}:${accountId}:certificate/${id}`, attributes: {} };
  },
};
