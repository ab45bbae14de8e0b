// The policy engine: Open Policy Agent behind JSON lines on standard input and output.
package main

import (
	"flag"
	"os"
	"runtime/debug"
	"time"
)

func main() {
	memory := flag.Uint64("memory-mib", 512, "memory above which the process ends itself")
	flag.Parse()
	debug.SetTraceback("none")
	s := newServer(os.Stdout)
	go s.beat(limitMemory(*memory << 20))
	if err := s.serve(os.Stdin); err != nil {
		os.Stderr.WriteString(err.Error() + "\n")
		os.Exit(1)
	}
}

// beat looks at what may not wait for long.
func (s *server) beat(memory func()) {
	for range time.Tick(10 * time.Millisecond) {
		memory()
		s.turn.pass()
	}
}
