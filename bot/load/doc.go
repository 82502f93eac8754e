// Package load measures the bot as Teams would meet it: the built `muster serve` in a process of its own, and beside it a generator that
// is all the bot talks to. It issues the tokens and signs every activity, it is the connector and checks the bot's token on every call,
// and it is Microsoft Graph (the simulator). A text turn counts when the bot's answer has reached the connector, not when the POST was
// answered. After every run the store is verified, entry by entry.
//
//	go test ./bot/load -run '^$' -bench 'Text|Press|Approve|Reference' -benchtime 12000x -count 5
//
// The flags -flight (turns at the same time, 16) and -muster (a binary to measure; without it one is built) come behind -args. The figures
// of a row: turns/s; p50-ms, p95-ms and p99-ms of a turn, from its POST to its answer, which of a press is the answer to the POST;
// ack-p95-ms to the 200; bot-cpu-us and rig-cpu-us of processor time a turn, on Linux, which depend less on what else the machine does;
// start-ms until /readyz; idle-MB and busy-MB of resident memory before the turns and after.
//
// BenchmarkExit, BenchmarkDue and BenchmarkQuota measure plans instead of turns; their sizes are the real ones from -benchtime 100x, 2000x and
// 1000x. What they find out about steps is read from the log, after the bot has ended.
//
// BenchmarkTable runs these and those of other packages one after the other, and prints a table beside what the disk and the hash do.
//
// BenchmarkReference is the least that a bot could be: it stores nothing. Machines differ; Muster's figures are to be read beside it.
//
// It refuses to measure what is not so in production: tokens, journal and syncs of the disk are all there. One thing differs: a loopback
// service URL is not paced. Teams lets an app send 50 messages a second in a tenant, so nobody will see these figures through Teams; they
// say how much processor time is left for other things when it does.
package load
