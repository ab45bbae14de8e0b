// The policy engine: Open Policy Agent behind JSON lines on standard input and output.
package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"flag"
	"io"
	"os"
	"runtime"
	"runtime/debug"

	"github.com/open-policy-agent/opa/v1/version"
)

func main() {
	memory := flag.Uint64("memory-mib", 512, "memory above which the process ends itself")
	flag.Parse()
	debug.SetTraceback("none")
	limitMemory(*memory << 20)
	if err := newServer(os.Stdout).serve(os.Stdin); err != nil {
		os.Stderr.WriteString(err.Error() + "\n")
		os.Exit(1)
	}
}

// serve reads requests until the owner closes its end. Work goes on in goroutines, so that answers come in any order.
func (s *server) serve(in io.Reader) error {
	reader := bufio.NewReaderSize(in, 64<<10)
	for {
		line, err := reader.ReadBytes('\n')
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		var r request
		if err := json.Unmarshal(line, &r); err != nil {
			return err
		}
		inputs := make([][]byte, len(r.Sizes))
		for i, size := range r.Sizes {
			if size < 0 {
				continue
			}
			inputs[i] = make([]byte, size)
			if _, err := io.ReadFull(reader, inputs[i]); err != nil {
				return err
			}
		}
		switch r.Op {
		case "compile":
			// The handle exists before the next line is read, so an evaluation may follow without waiting.
			m := s.module(r.Module)
			go s.compile(m, r)
		case "evaluate":
			// Found before the next line is read, which may release them.
			go s.evaluate(r, inputs, s.loaded(r.Modules))
		case "format":
			go s.format(r)
		case "release":
			s.modules.Delete(r.Module)
		case "reply":
			s.calls.settle(r.ID, r.Value)
		case "ping":
			s.answer(answer{ID: r.ID})
		case "version":
			s.answer(answer{ID: r.ID, Versions: &versions{OPA: version.Version, Go: runtime.Version()}})
		default:
			s.answer(answer{ID: r.ID, Errors: []fault{{Kind: "internal", Message: "unknown request " + r.Op}}})
		}
	}
}
