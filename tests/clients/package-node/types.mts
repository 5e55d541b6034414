// What the types allow, and what they do not.
import {type Options, VerificationError, connect, start} from 'tunemock';
import {useTunemock} from 'tunemock/vitest';
import {useTunemock as useInJest} from 'tunemock/jest';
import {useTunemock as useInNode} from 'tunemock/node-test';

const options: Options = {stepTime: 0, data: ['a.json'], streamDelay: {firstToken: '1ms'}};
const server = await start(options);
const own = await server.namespace();
const count: number = (await own.requests.verify({prompt: {contains: 'x'}}, {times: {atLeast: 1}})).count;
await (await connect(server.url)).clock.set({mode: 'frozen'});
for (const use of [useTunemock, useInJest, useInNode]) await use({port: 0}).faults.add({status: 429 + count});
// @ts-expect-error: it is called stepTime.
await start({stepTiem: 0});
// @ts-expect-error: a match has no such field.
await own.requests.count({mtehod: 'x'});
console.log(new VerificationError('' as never) instanceof Error);
