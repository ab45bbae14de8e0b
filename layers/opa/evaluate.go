package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"runtime"
	"runtime/debug"
	"sync"
	"sync/atomic"
	"time"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/metrics"
	"github.com/open-policy-agent/opa/v1/storage"
	"github.com/open-policy-agent/opa/v1/storage/inmem"
	"github.com/open-policy-agent/opa/v1/topdown"
)

const (
	maxOutput   = 4 << 20
	largeInput  = 1 << 20
	resultName  = ast.Var("result")
	missingData = "the policy is not loaded"
)

// There is no data but the policy's own rules.
var noData = inmem.New()

type evaluationKey struct{}

// An evaluation is one request: every module over every input, against one clock.
type evaluation struct {
	server  *server
	request int64
	clock   *clock
	options request
	inputs  []*ast.Term
	faults  []*fault // of the inputs
}

func (s *server) evaluate(r request, texts [][]byte, modules []*module) {
	e := &evaluation{server: s, request: r.ID, options: r, clock: startClock(time.Duration(r.Deadline) * time.Millisecond)}
	defer e.clock.stop()
	size := e.read(texts)
	if size > largeInput {
		s.large.Add(1)
		defer s.tidy()
	}
	// All begin at once: the scheduler shares the processors among them, so one that runs away costs the others its share and no more.
	together(len(modules), func(index int) { s.answer(answer{ID: r.ID, Index: index, Results: e.run(modules[index])}) })
	e.inputs = nil
}

// tidy gives memory back when the last large input is done with.
func (s *server) tidy() {
	if s.large.Add(-1) == 0 {
		debug.FreeOSMemory()
	}
}

func (e *evaluation) read(texts [][]byte) (size int) {
	if e.options.File != "" {
		text, err := os.ReadFile(e.options.File)
		if err != nil {
			e.inputs, e.faults = []*ast.Term{nil}, []*fault{{Kind: "internal", Message: "the input could not be read"}}
			return 0
		}
		texts = [][]byte{text}
	}
	e.inputs, e.faults = make([]*ast.Term, len(texts)), make([]*fault, len(texts))
	keys := map[string]*ast.Term{}
	for i, text := range texts {
		if text == nil {
			continue // no input at all, which differs from null
		}
		size += len(text)
		term, err := decodeAlike(text, keys)
		if err != nil {
			e.faults[i] = &fault{Kind: "parse", Message: "input: " + err.Error()}
		}
		e.inputs[i], texts[i] = term, nil
	}
	return size
}

func (e *evaluation) run(m *module) []result {
	if m != nil {
		e.server.await(m)
	}
	results := make([]result, len(e.inputs))
	var next atomic.Int64
	together(min(runtime.GOMAXPROCS(0), len(results)), func(int) {
		for i := int(next.Add(1)) - 1; i < len(results); i = int(next.Add(1)) - 1 {
			results[i] = e.one(m, i)
		}
	})
	return results
}

// together does the work so many times at once, the first here: a small one is over before another goroutine would wake.
func together(count int, work func(index int)) {
	var done sync.WaitGroup
	for index := 1; index < count; index++ {
		done.Go(func() { work(index) })
	}
	if count > 0 {
		work(0)
	}
	done.Wait()
}

func (e *evaluation) one(m *module, i int) (r result) {
	switch {
	case m == nil:
		return result{Error: &fault{Kind: "internal", Message: missingData}}
	case len(m.errors) > 0:
		return result{Error: &m.errors[0]}
	case e.faults[i] != nil:
		return result{Error: e.faults[i]}
	}
	defer func() {
		if p := recover(); p != nil {
			debug.PrintStack()
			r = result{Error: &fault{Kind: "internal", Message: fmt.Sprintf("the evaluation failed: %v", p)}}
		}
	}()
	ctx := context.WithValue(context.Background(), evaluationKey{}, e)
	seen := newObserver(e.options.Trace, e.options.Coverage)
	query := topdown.NewQuery(m.query).WithCompiler(m.compiler).WithStore(noData).WithInput(e.inputs[i]).
		WithCancel(e.clock.cancel).WithMetrics(metrics.NoOp()).WithBuiltins(custom).WithPrintHook(seen)
	if e.options.Trace || e.options.Coverage {
		query = query.WithQueryTracer(seen)
	}
	err := storage.Txn(ctx, noData, storage.TransactionParams{}, func(txn storage.Transaction) error {
		found, err := query.WithTransaction(txn).Run(ctx)
		if err == nil && len(found) > 0 {
			r.Value, err = encode(found[0][resultName])
		}
		return err
	})
	if err != nil {
		r.Value, r.Error = nil, e.faultOf(err)
	}
	seen.report(&r, m.policy)
	return r
}

var errTooLarge = errors.New("too large")

func encode(term *ast.Term) (*string, error) {
	value, err := ast.JSONWithOpt(term.Value, ast.JSONOpt{SortSets: true})
	if err != nil {
		return nil, err
	}
	var text bytes.Buffer
	encoder := json.NewEncoder(&text)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(value); err != nil {
		return nil, err
	}
	if text.Len() > maxOutput {
		return nil, errTooLarge
	}
	line := string(bytes.TrimSuffix(text.Bytes(), []byte{'\n'}))
	return &line, nil
}

func (e *evaluation) faultOf(err error) *fault {
	var failed *topdown.Error
	switch {
	case errors.Is(err, errTooLarge):
		return &fault{Kind: "refused", Message: fmt.Sprintf("the result is larger than %d MiB", maxOutput>>20)}
	case topdown.IsCancel(err):
		return &fault{Kind: "timeout", Message: fmt.Sprintf("the evaluation took longer than %d ms", e.options.Deadline)}
	case errors.As(err, &failed):
		kind := "internal"
		switch failed.Code {
		case topdown.ConflictErr:
			kind = "conflict"
		case topdown.TypeErr:
			kind = "type"
		}
		f := faultAt(kind, failed.Message, failed.Location)
		return &f
	}
	return &fault{Kind: "internal", Message: err.Error()}
}

// A clock cancels its evaluation when the time is up, not counting the pauses.
type clock struct {
	cancel  topdown.Cancel
	lock    sync.Mutex
	timer   *time.Timer
	left    time.Duration
	since   time.Time
	pausing int
}

func startClock(limit time.Duration) *clock {
	cancel := topdown.NewCancel()
	return &clock{cancel: cancel, timer: time.AfterFunc(limit, cancel.Cancel), left: limit, since: time.Now()}
}

func (c *clock) pause() {
	c.lock.Lock()
	defer c.lock.Unlock()
	if c.pausing++; c.pausing == 1 {
		c.timer.Stop()
		c.left -= time.Since(c.since)
	}
}

func (c *clock) resume() {
	c.lock.Lock()
	defer c.lock.Unlock()
	if c.pausing--; c.pausing == 0 {
		c.since = time.Now()
		c.timer.Reset(max(c.left, 0))
	}
}

func (c *clock) stop() { c.timer.Stop() }
