// aws-cdk-lib validates every synth with a WASM engine (1.3 s a process); one test does that, with findings as errors.
process.env.CDK_VALIDATION = 'false';
// It also captures a stack trace for every resource, which is a fifth of the time of a synth in jest.
process.env.CDK_CONTEXT_JSON = JSON.stringify({ 'aws:cdk:disable-creation-stack-traces': true });
