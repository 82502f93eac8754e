// Package kill cuts the power. It starts the built `muster serve` beside a Teams and a Microsoft 365 that are processes of their own, has
// people play cases of every kind while calls are throttled, fail, or are done and not answered, kills the bot with SIGKILL at random and starts
// it again on what is left; at the end everything that was acknowledged must be there, nothing may have been done twice, every case must have
// ended and the evidence must verify. The same on a disk that is full, that takes no writes, whose last page is torn, and with a clock that
// went back.
//
//	go test ./bot/kill                                        200 kills, of four bots side by side
//	MUSTER_KILLS=2000 go test ./bot/kill -timeout 2h -v       more of them
//	MUSTER_KILL_SEED=7 go test ./bot/kill -run TestKills      the same people, faults and times of death again
//
// It refuses to look inside a running bot: what it knows comes from Teams, from Microsoft 365 and, once the bot is dead, from the store.
// A seed repeats what the test decides, not how the processes interleave.
package kill
