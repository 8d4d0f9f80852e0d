// Operations that describe functions: ListFunctions, GetFunction, GetFunctionConfiguration.
import type { FunctionConfig } from './config';
import { decodePageToken, encodePageToken } from '../../support/page-token';
import type { AwsRequest, AwsResponse } from '../../types';
import { lambdaError } from './errors';

/** ListFunctions, as the path of a request. */
export const FUNCTIONS_PATH = /^\/2015-03-31\/functions\/?$/;
/** GetFunction and GetFunctionConfiguration: the function's name or ARN, and `/configuration`. */
export const FUNCTION_PATH = /^\/2015-03-31\/functions\/([^/]+)(\/configuration)?$/;

/** Maximum functions of a page. https://docs.aws.amazon.com/lambda/latest/api/API_ListFunctions.html */
const MAX_FUNCTIONS = 50;
const MAX_ITEMS = 10_000;

/** A function at one of its versions or aliases. */
export interface FunctionAtQualifier {
  readonly config: FunctionConfig;
  /** Version or alias that was asked for; undefined for the function itself. */
  readonly qualifier?: string;
  /** `$LATEST`, or a published version. */
  readonly version: string;
}

/** Functions of one region. */
export interface FunctionCatalog {
  readonly all: readonly FunctionConfig[];
  /** Published versions of a function. */
  versionsOf(name: string): readonly string[];
  find(nameOrArn: string): FunctionAtQualifier | undefined;
  arnOf(name: string): string;
  /** Milliseconds since 1970, on the cloud's clock. */
  readonly createdAt: number;
}

/** Answers the operations that describe functions; undefined for every other operation. */
export function handleFunctionsApi(catalog: FunctionCatalog, request: AwsRequest): AwsResponse | undefined {
  if (request.method !== 'GET') return undefined;
  if (FUNCTIONS_PATH.test(request.path)) return listFunctions(catalog, request.query);
  const [, encoded, configuration] = FUNCTION_PATH.exec(request.path) ?? [];
  if (encoded === undefined) return undefined;
  const qualifier = request.query.get('Qualifier');
  const name = `${decodeURIComponent(encoded)}${qualifier === null ? '' : `:${qualifier}`}`;
  const found = catalog.find(name);
  if (found === undefined) {
    return lambdaError(404, 'ResourceNotFoundException', `Function not found: ${catalog.arnOf(name)}`);
  }
  return json(configuration === undefined ? getFunction(catalog, found) : fullConfiguration(catalog, found));
}

/** https://docs.aws.amazon.com/lambda/latest/api/API_ListFunctions.html */
function listFunctions(catalog: FunctionCatalog, query: URLSearchParams): AwsResponse {
  const functionVersion = query.get('FunctionVersion');
  if (functionVersion !== null && functionVersion !== 'ALL') {
    return violation('functionVersion', functionVersion, 'Member must satisfy enum value set: [ALL]');
  }
  const maxItems = query.get('MaxItems') ?? String(MAX_FUNCTIONS);
  if (!/^\d+$/.test(maxItems) || Number(maxItems) < 1) {
    return violation('maxItems', maxItems, 'Member must have value greater than or equal to 1');
  }
  if (Number(maxItems) > MAX_ITEMS) {
    return violation('maxItems', maxItems, `Member must have value less than or equal to ${MAX_ITEMS}`);
  }
  const marker = query.get('Marker');
  const start = marker === null ? 0 : decodePageToken(marker);
  if (start === undefined) return lambdaError(400, 'InvalidParameterValueException', 'Invalid marker');
  const all: readonly FunctionAtQualifier[] =
    functionVersion === null
      ? catalog.all.map((config) => ({ config, version: '$LATEST' }))
      : catalog.all.flatMap((config) =>
          ['$LATEST', ...catalog.versionsOf(config.name)].map((version) => ({ config, version, qualifier: version })),
        );
  const end = start + Math.min(Number(maxItems), MAX_FUNCTIONS);
  return json({
    Functions: all.slice(start, end).map((one) => configurationOf(catalog, one)),
    NextMarker: end < all.length ? encodePageToken(end) : undefined,
  });
}

/** The location of the code is left out: it is a directory of this machine. https://docs.aws.amazon.com/lambda/latest/api/API_GetFunction.html */
function getFunction(catalog: FunctionCatalog, found: FunctionAtQualifier): object {
  const { reservedConcurrency } = found.config;
  return {
    Configuration: fullConfiguration(catalog, found),
    Concurrency: reservedConcurrency === undefined ? undefined : { ReservedConcurrentExecutions: reservedConcurrency },
  };
}

/** https://docs.aws.amazon.com/lambda/latest/api/API_GetFunctionConfiguration.html */
function fullConfiguration(catalog: FunctionCatalog, found: FunctionAtQualifier): object {
  return { ...configurationOf(catalog, found), State: 'Active', LastUpdateStatus: 'Successful' };
}

/**
 * The fields that ListFunctions returns: those without the state. `CodeSha256` and `CodeSize` are left out, because the
 * local cloud has no deployment package. https://docs.aws.amazon.com/lambda/latest/api/API_FunctionConfiguration.html
 */
function configurationOf({ createdAt }: FunctionCatalog, { config, qualifier, version }: FunctionAtQualifier): object {
  const { name, arn, runtimeMajor, role, handler, timeout, memory, architecture, environment, description } = config;
  return {
    FunctionName: name,
    FunctionArn: qualifier === undefined ? arn : `${arn}:${qualifier}`,
    Runtime: `nodejs${runtimeMajor}.x`,
    Role: role,
    Handler: handler,
    Description: description,
    Timeout: timeout / 1000,
    MemorySize: memory,
    LastModified: new Date(createdAt).toISOString().replace('Z', '+0000'),
    Version: version,
    Environment: Object.keys(environment).length === 0 ? undefined : { Variables: environment },
    PackageType: 'Zip',
    Architectures: [architecture ?? 'x86_64'],
  };
}

function violation(member: string, value: string, constraint: string): AwsResponse {
  const message = `1 validation error detected: Value '${value}' at '${member}' failed to satisfy constraint: ${constraint}`;
  return lambdaError(400, 'ValidationException', message);
}

function json(body: object): AwsResponse {
  return { status: 200, headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) };
}
