package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"runtime"
	"sync/atomic"

	"github.com/open-policy-agent/opa/v1/version"
)

const smallInput = 64 << 10

// serve reads requests until the owner closes its end. Answers come in any order.
func (s *server) serve(in io.Reader) error {
	reader, ended := bufio.NewReaderSize(in, 64<<10), make(chan error, 1)
	s.turn.next = func() { s.read(reader, ended) }
	go s.turn.next()
	return <-ended
}

// read takes requests until the last, or until another has the turn.
func (s *server) read(reader *bufio.Reader, ended chan<- error) {
	for {
		r, inputs, err := next(reader)
		if err != nil {
			if errors.Is(err, io.EOF) {
				err = nil
			}
			ended <- err
			return
		}
		switch r.Op {
		case "compile":
			// The handle exists before the next line is read, so an evaluation may follow without waiting.
			m := s.module(r.Module)
			go s.compile(m, r)
		case "evaluate":
			// Found before the next line is read, which may release them.
			modules := s.loaded(r.Modules)
			hurries := isSmall(r) && reader.Buffered() == 0
			mine := s.turn.keep()
			if !hurries {
				s.turn.pass()
			}
			if s.evaluate(r, inputs, modules); !mine.take() {
				return
			}
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

// next is the line that comes, with the inputs behind it; at the end, io.EOF.
func next(reader *bufio.Reader) (r request, inputs [][]byte, err error) {
	line, err := reader.ReadBytes('\n')
	if err != nil {
		return r, nil, err
	}
	if err = json.Unmarshal(line, &r); err != nil {
		return r, nil, err
	}
	inputs = make([][]byte, len(r.Sizes))
	for i, size := range r.Sizes {
		if size < 0 {
			continue
		}
		inputs[i] = make([]byte, size)
		if _, err = io.ReadFull(reader, inputs[i]); err != nil {
			return r, nil, fmt.Errorf("the inputs end too soon: %v", err)
		}
	}
	return r, inputs, nil
}

func isSmall(r request) bool {
	size := 0
	for _, one := range r.Sizes {
		size += max(one, 0)
	}
	return r.File == "" && size <= smallInput
}

// A turn is the right to read requests, which one goroutine has. It keeps the turn while it evaluates what is small: that is over
// before another would wake. When it takes longer than a beat after all, or waits for something, the turn passes to another.
type turn struct {
	kept atomic.Pointer[claim]
	next func()
}

// A claim is taken once: by its owner to read on, or for another who reads in its place.
type claim struct{ taken atomic.Bool }

func (c *claim) take() bool { return c.taken.CompareAndSwap(false, true) }

func (t *turn) keep() *claim {
	c := &claim{}
	t.kept.Store(c)
	return c
}

func (t *turn) pass() {
	if c := t.kept.Load(); c != nil && c.take() {
		go t.next()
	}
}
