package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// A session is a server with a client's hands on its two ends.
type session struct {
	t     *testing.T
	in    *io.PipeWriter
	lines *bufio.Scanner
	id    int64
}

func open(t *testing.T) *session {
	requests, in := io.Pipe()
	out, answers := io.Pipe()
	s := &session{t: t, in: in, lines: bufio.NewScanner(out)}
	s.lines.Buffer(nil, 32<<20)
	done := make(chan error, 1)
	server := newServer(answers)
	go server.beat(func() {})
	go func() {
		done <- server.serve(requests)
		answers.Close()
	}()
	t.Cleanup(func() {
		in.Close()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
	return s
}

func (s *session) send(r request, inputs ...string) int64 {
	s.id++
	r.ID = s.id
	for _, input := range inputs {
		r.Sizes = append(r.Sizes, len(input))
	}
	line, _ := json.Marshal(r)
	fmt.Fprintf(s.in, "%s\n%s", line, strings.Join(inputs, ""))
	return s.id
}

func (s *session) next() answer {
	if !s.lines.Scan() {
		s.t.Fatal("the server is gone")
	}
	var a answer
	if err := json.Unmarshal(s.lines.Bytes(), &a); err != nil {
		s.t.Fatal(err)
	}
	return a
}

func (s *session) compile(handle, source string) answer {
	s.send(request{Op: "compile", Module: handle, Source: source, Version: "v1", Query: "data.t.v"})
	return s.next()
}

func (r result) String() string {
	switch {
	case r.Error != nil:
		return r.Error.Kind
	case r.Value != nil:
		return *r.Value
	}
	return "undefined"
}

func TestEvaluatesEveryModuleOverEveryInput(t *testing.T) {
	s := open(t)
	s.compile("sum", "package t\nv := input.a + input.b")
	s.compile("set", "package t\nv := {input.a, input.b, \"<\"}")
	s.send(request{Op: "evaluate", Modules: []string{"sum", "set", "none"}, Deadline: 1000}, `{"a":9007199254740993,"b":1}`, "{}", "nonsense")
	got := map[int]string{}
	for range 3 {
		a := s.next()
		got[a.Index] = fmt.Sprint(a.Results)
	}
	want := map[int]string{0: "[9007199254740994 undefined parse]", 1: `[[1,9007199254740993,"<"] undefined parse]`, 2: "[internal internal internal]"}
	if fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

func TestReadsALargeInputFromItsFile(t *testing.T) {
	s := open(t)
	s.compile("count", "package t\nv := count(input.terraform.resource_changes)")
	file := filepath.Join(t.TempDir(), "input.json")
	if err := os.WriteFile(file, []byte(planOf(2<<20)), 0o600); err != nil {
		t.Fatal(err)
	}
	s.send(request{Op: "evaluate", Modules: []string{"count"}, File: file, Deadline: 5000})
	if got := fmt.Sprint(s.next().Results); got == "[0]" || strings.Contains(got, "internal") {
		t.Error(got)
	}
	s.send(request{Op: "evaluate", Modules: []string{"count"}, File: file + ".gone", Deadline: 5000})
	if got := fmt.Sprint(s.next().Results); got != "[internal]" {
		t.Error(got)
	}
}

func TestAnEvaluationUnderWayKeepsAModuleThatIsReleased(t *testing.T) {
	s := open(t)
	s.compile("m", "package t\nv := 1")
	s.send(request{Op: "evaluate", Modules: []string{"m"}, Deadline: 1000}, "{}")
	s.send(request{Op: "release", Module: "m"})
	if got := fmt.Sprint(s.next().Results); got != "[1]" {
		t.Error(got)
	}
	s.send(request{Op: "evaluate", Modules: []string{"m"}, Deadline: 1000}, "{}")
	if got := fmt.Sprint(s.next().Results); got != "[internal]" {
		t.Error(got)
	}
}

func TestStopsAtTheDeadline(t *testing.T) {
	s := open(t)
	s.compile("m", "package t\nv if {\n\tsome i in numbers.range(1, 100000)\n\tsome j in numbers.range(1, 100000)\n\ti == j + 200000\n}")
	s.send(request{Op: "evaluate", Modules: []string{"m"}, Deadline: 100}, "{}")
	if got := fmt.Sprint(s.next().Results); got != "[timeout]" {
		t.Error(got)
	}
}

func TestReadsOnWhileAnEvaluationTakesLong(t *testing.T) {
	s := open(t)
	s.compile("m", "package t\nv if {\n\tsome i in numbers.range(1, 100000)\n\tsome j in numbers.range(1, 100000)\n\ti == j + 200000\n}")
	s.compile("quick", "package t\nv := 1")
	long := s.send(request{Op: "evaluate", Modules: []string{"m"}, Deadline: 1000}, "{}")
	for range 3 {
		quick := s.send(request{Op: "evaluate", Modules: []string{"quick"}, Deadline: 1000}, "{}")
		if got := s.next(); got.ID != quick {
			t.Fatalf("%d answered before %d", got.ID, quick)
		}
	}
	if got := s.next(); got.ID != long || fmt.Sprint(got.Results) != "[timeout]" {
		t.Error(got)
	}
}

func TestWaitsForAModuleThatIsBeingCompiled(t *testing.T) {
	s := open(t)
	compiling := s.send(request{Op: "compile", Module: "m", Source: "package t\nv := 1", Version: "v1", Query: "data.t.v"})
	evaluating := s.send(request{Op: "evaluate", Modules: []string{"m"}, Deadline: 1000}, "{}")
	got := map[int64]string{}
	for range 2 {
		a := s.next()
		got[a.ID] = fmt.Sprint(a.Results)
	}
	if got[evaluating] != "[1]" || got[compiling] != "[]" {
		t.Error(got)
	}
}

func TestAsksTheClientToRunCommands(t *testing.T) {
	s := open(t)
	s.send(request{Op: "compile", Module: "m", Source: "package t\nv := exec([\"ls\"]).stdout", Version: "v1", Query: "data.t.v", Exec: true})
	s.next()
	asking := s.send(request{Op: "evaluate", Modules: []string{"m"}, Deadline: 1000}, "{}")
	call := s.next()
	if call.Call != "exec" || int64(call.Index) != asking || fmt.Sprint(call.Args) != "[ls]" {
		t.Fatal(call)
	}
	fmt.Fprintf(s.in, "{\"op\":\"reply\",\"id\":%d,\"value\":{\"stdout\":\"x\"}}\n", call.ID)
	if got := fmt.Sprint(s.next().Results); got != `["x"]` {
		t.Error(got)
	}
}

func TestTellsItsVersionAndItsLife(t *testing.T) {
	s := open(t)
	s.send(request{Op: "ping"})
	s.next()
	s.send(request{Op: "version"})
	if v := s.next().Versions; v == nil || v.OPA == "" {
		t.Error("no version")
	}
	s.send(request{Op: "nonsense"})
	if a := s.next(); len(a.Errors) != 1 || a.Errors[0].Kind != "internal" {
		t.Error(a)
	}
}
