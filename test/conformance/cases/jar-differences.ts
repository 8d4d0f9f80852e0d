// Differences of DynamoDB Local 1.25.1, by case. A test fails when a difference no longer exists.
export const JAR_DIFFERENCES: Readonly<Record<string, string>> = {
  'put-duplicate-in-string-set':
    'says "One or more parameter values were invalid: Input collection [x, x] contains duplicates"',
  'put-key-missing': 'says "One of the required keys was not given a value"',
  'put-sort-key-missing': 'says "One of the required keys was not given a value"',
  'put-key-of-wrong-type': 'says "One or more parameter values were invalid: Type mismatch for key"',
  'put-string-as-number': 'accepts a JSON number for a value of type N',
  'put-partition-key-too-long':
    'says "Hash primary key values must be under 2048 bytes, and range primary key values must be under 1024 bytes"',
  'put-partition-key-in-bytes':
    'says "Hash primary key values must be under 2048 bytes, and range primary key values must be under 1024 bytes"',
  'put-sort-key-too-long':
    'says "Hash primary key values must be under 2048 bytes, and range primary key values must be under 1024 bytes"',
  'put-return-values': 'says "Return values set to invalid value"',
  'put-return-values-unknown': 'says "Return values set to invalid value"',
  'put-no-table': 'says "Cannot do operations on a non-existent table"',
  'put-table-name-missing':
    "says \"Invalid table/index name.  Table/index names must be between 3 and 255 characters long, and may contain only the characters a-z, A-Z, 0-9, '_', '-', and '.'\"",
  'put-table-name-of-bad-characters':
    "says \"Invalid table/index name.  Table/index names must be between 3 and 255 characters long, and may contain only the characters a-z, A-Z, 0-9, '_', '-', and '.'\"",
  'put-item-missing': 'says "Item to put in PutItem cannot be null"',
  'put-by-table-arn': 'does not accept ARNs in TableName',
  'put-consumed-capacity-unknown': 'says "Cannot have null key for GetItem, DeleteItem, or UpdateItem"',
  'put-item-collection-metrics': 'returns no ItemCollectionMetrics',
  'put-index-key-of-wrong-type': 'says "One or more parameter values were invalid: Type mismatch for Index Key"',
  'number-of-39-digits': 'says "DynamoDB only supports precision up to 38 digits"',
  'number-no-number': 'says "A value provided cannot be converted into a number"',
  'number-empty': 'says "A value provided cannot be converted into a number"',
  'number-nan': 'says "A value provided cannot be converted into a number"',
  'number-arithmetic-digits': 'says "DynamoDB only supports precision up to 38 digits"',
  'get-key-incomplete': 'says "The number of conditions on the keys is invalid"',
  'get-key-with-more': 'says "The number of conditions on the keys is invalid"',
  'get-key-of-wrong-type': 'says "One or more parameter values were invalid: Type mismatch for key"',
  'get-no-table': 'says "Cannot do operations on a non-existent table"',
  'delete-nothing': 'returns ConsumedCapacity without a request',
  'delete-all-old': 'returns ConsumedCapacity without a request',
  'delete-return-values': 'says "Return values set to invalid value"',
  'delete-key-incomplete': 'says "The number of conditions on the keys is invalid"',
  'delete-no-table': 'says "Cannot do operations on a non-existent table"',
  'expression-value-invalid':
    'says "ExpressionAttributeValues contains invalid value: A value provided cannot be converted into a number for key :v"',
  'update-remove-creates-nothing': 'makes an item of the key alone',
  'update-index-key-type': 'takes the value',
  'update-updated-new-nested': 'gives the whole list',
  'update-updated-old-nested': 'gives the whole map',
  'update-return-values-unknown': 'says "Return values set to invalid value"',
  'update-no-table': 'says "Cannot do operations on a non-existent table"',
  'query-select-unknown':
    'says "Select must be ALL_ATTRIBUTES, ALL_PROJECTED_ATTRIBUTES, COUNT, or SPECIFIC_ATTRIBUTES"',
  'query-limit-zero': 'says "Limit must be greater than or equal to 1"',
  'query-partition-missing': 'says "Query condition missed key schema element"',
  'query-other-attribute': 'says "Query condition missed key schema element"',
  'query-start-key-incomplete': 'says "Exclusive Start Key must have same size as table\'s key schema"',
  'query-start-key-outside': 'says "The provided starting key does not match the range key predicate"',
  'query-no-table': 'says "Cannot do operations on a non-existent table"',
  'gsi-consistent': 'says "Consistent read cannot be true when querying a GSI"',
  'lsi-other-partition': 'says "Query condition missed key schema element"',
  'index-start-key': 'says "Exclusive Start Key must have same size as table\'s key schema"',
  'scan-segment-alone': 'says "If segment is specified, total segment must also be specified"',
  'scan-total-alone':
    'says "If total segments is specified, a particular segment must also be specified for this request"',
  'scan-segment-too-high':
    "says \"1 validation error detected: Value '4' at 'segment' failed to satisfy constraint: Member must have value less than or equal to 3\"",
  'scan-limit-zero': 'says "Limit must be greater than or equal to 1"',
  'scan-no-table': 'says "Cannot do operations on a non-existent table"',
  'batch-get-100': 'says "Too many items requested for the BatchGetItem call"',
  'batch-get-no-keys':
    'says "The list of keys in RequestItems for BatchGetItem is required: conformance-batch-get-no-keys has empty list"',
  'batch-get-key': 'says "One of the required keys was not given a value"',
  'batch-get-no-table': 'says "Cannot do operations on a non-existent table"',
  'batch-get-capacity': 'charges nothing for a missing item',
  'batch-write-25': 'says "Too many items requested for the BatchWriteItem call"',
  'batch-write-no-requests':
    'says "The batch write request list for a table cannot be null or empty: conformance-batch-write-no-requests"',
  'batch-write-all-or-refused': 'says "One of the required keys was not given a value"',
  'batch-write-no-table': 'says "Cannot do operations on a non-existent table"',
  'batch-write-number': 'says "A value provided cannot be converted into a number"',
  'ttl-other-attribute': 'says "TimeToLive is active on a different AttributeName"',
  'ttl-disable-other': 'says "TimeToLive is active on a different AttributeName"',
  'ttl-attribute-empty':
    'says "Names of key attributes and attributes projected into an index must be between 1 and 255 characters, inclusive"',
  'ttl-specification-missing': 'says "TimeToLiveSpecification cannot be null"',
  'ttl-no-table': 'says "Cannot do operations on a non-existent table"',
  'table-create': 'returns no TableId',
  'table-describe-missing': 'says "Cannot do operations on a non-existent table"',
  'table-describe-arn': 'does not accept ARNs in TableName',
  'table-create-twice': 'says "Cannot create preexisting table"',
  'table-delete': 'says "Cannot do operations on a non-existent table"',
  'table-delete-missing': 'says "Cannot do operations on a non-existent table"',
  'table-list-limit': 'says "Limit must be greater than or equal to 1"',
  'table-update-nothing': 'says "Nothing to update"',
  'table-update-missing': 'says "Cannot do operations on a non-existent table"',
  'table-tags': 'has no tags: "Tagging is not currently supported in DynamoDB Local."',
  'table-tags-of-own': 'has no tags: "Tagging is not currently supported in DynamoDB Local."',
  'table-name-short':
    "says \"Invalid table/index name.  Table/index names must be between 3 and 255 characters long, and may contain only the characters a-z, A-Z, 0-9, '_', '-', and '.'\"",
  'table-name-characters':
    "says \"Invalid table/index name.  Table/index names must be between 3 and 255 characters long, and may contain only the characters a-z, A-Z, 0-9, '_', '-', and '.'\"",
  'table-key-undefined': 'says "Hash Key not specified in Attribute Definitions.  Type unknown."',
  'table-attribute-unused':
    'says "The number of attributes in key schema must match the number of attributes defined in attribute definitions."',
  'table-key-twice': 'says "Two keys can not have the same name"',
  'table-key-order': 'says "No Hash Key specified in schema.  All Dynamo DB tables must have exactly one hash key"',
  'table-throughput-missing': 'says "No provisioned throughput specified for the table"',
  'table-throughput-on-demand': 'accepts both',
  'table-index-key-undefined':
    'says "Global Secondary Index hash key not specified in Attribute Definitions.Type unknown."',
  'table-index-twice': 'says "Two global secondary indices have the same name"',
  'table-index-projection':
    'says "No attributes should be specified to be projected unless projection type is INCLUDE"',
  'table-local-index-without-sort-key':
    'says "Local Secondary indices are not allowed on hash tables, only hash and range tables"',
};
