// aws-cdk-lib validates every synth with a WASM engine (1.3 s a process); one gate does that with findings as errors.
process.env.CDK_VALIDATION = 'false';
