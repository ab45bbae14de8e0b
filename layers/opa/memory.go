package main

import (
	"os"
	"runtime/debug"
	"runtime/metrics"
)

// exitMemory tells the owner why the process ended.
const exitMemory = 86

// limitMemory has the process end before it passes the limit: when what lives is three quarters of it, so that collecting
// would not help for long, or all that is held is nine tenths. The system refuses a single allocation larger than what is left.
// What it returns looks at that, and is to be called often.
func limitMemory(limit uint64) (watch func()) {
	debug.SetMemoryLimit(int64(limit / 4 * 3))
	limitData(limit)
	samples := []metrics.Sample{{Name: "/gc/heap/live:bytes"}, {Name: "/memory/classes/total:bytes"}, {Name: "/memory/classes/heap/released:bytes"}}
	set := 0
	return func() {
		metrics.Read(samples)
		live, held := samples[0].Value.Uint64(), samples[1].Value.Uint64()-samples[2].Value.Uint64()
		if live > limit/4*3 || held > limit/10*9 {
			os.Exit(exitMemory)
		}
		// Small evaluations leave little that lasts, and are quicker when it is collected less often.
		if percent := collectAt(live); percent != set {
			debug.SetGCPercent(percent)
			set = percent
		}
	}
}

func collectAt(live uint64) int {
	if live < 8<<20 {
		return 800
	}
	return 100
}
