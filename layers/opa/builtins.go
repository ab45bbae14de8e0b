package main

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"math/big"
	"slices"
	"strings"
	"sync"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/topdown"
	"github.com/open-policy-agent/opa/v1/topdown/builtins"
	"github.com/open-policy-agent/opa/v1/types"
)

// Refused by name: a result depends on the input alone, and no call may reach out or run away.
var refusedNames = []string{
	"http.send", "net.lookup_ip_addr", "opa.runtime", "rego.parse_module", "trace", "time.now_ns", "rand.intn", "uuid.rfc4122",
	"crypto.parse_private_keys", "graph.reachable_paths",
	// A reference in a schema reads files and the network.
	"json.match_schema", "json.verify_schema",
}
var refusedFamilies = []string{"io.jwt.", "graphql.", "crypto.x509.", "providers.aws."}

func isRefused(name string, exec bool) bool {
	return slices.Contains(refusedNames, name) || name == "exec" && !exec ||
		slices.ContainsFunc(refusedFamilies, func(family string) bool { return strings.HasPrefix(name, family) })
}

var (
	sanitized = &ast.Builtin{Name: "sanitized", Decl: types.NewFunction(types.Args(types.S), types.S)}
	exec      = &ast.Builtin{Name: "exec", Decl: types.NewFunction(types.Args(types.A), types.A), Nondeterministic: true}

	// The parser's and the compiler's view of what exists; made once, as copying them costs more than a small policy.
	v0Capabilities = allowed(ast.RegoV0, sanitized)
	v1Capabilities = allowed(ast.RegoV1, sanitized)
	onWorkers      = allowed(ast.RegoV1, sanitized, exec)

	custom = map[string]*topdown.Builtin{"sanitized": {Decl: sanitized, Func: sanitize}, "exec": {Decl: exec, Func: execute}}
)

func init() {
	topdown.RegisterBuiltinFunc("sprintf", sprintf)
}

func allowed(version ast.RegoVersion, more ...*ast.Builtin) *ast.Capabilities {
	c := ast.CapabilitiesForThisVersion(ast.CapabilitiesRegoVersion(version))
	c.Builtins = slices.DeleteFunc(c.Builtins, func(b *ast.Builtin) bool { return isRefused(b.Name, true) })
	c.Builtins = append(c.Builtins, more...)
	c.AllowNet = []string{}
	return c
}

func capabilities(exec bool) *ast.Capabilities {
	if exec {
		return onWorkers
	}
	return v1Capabilities
}

// sanitize is how values appear in plans: the last eight digits of the string's SHA-256.
func sanitize(_ topdown.BuiltinContext, operands []*ast.Term, iter func(*ast.Term) error) error {
	text, err := builtins.StringOperand(operands[0].Value, 1)
	if err != nil {
		return err
	}
	sum := sha256.Sum256([]byte(text))
	return iter(ast.StringTerm(hex.EncodeToString(sum[28:])))
}

// An integer prints under every verb: as a float where a float is asked for, in decimal where a string is.
type integer int64

func (i integer) Format(f fmt.State, verb rune) { formatNumber(f, verb, int64(i), float64(i)) }

type bigInteger struct{ *big.Int }

func (b bigInteger) Format(f fmt.State, verb rune) {
	float, _ := new(big.Float).SetInt(b.Int).Float64()
	formatNumber(f, verb, b.Int, float)
}

type float float64

func (x float) Format(f fmt.State, verb rune) {
	if verb == 's' {
		verb = 'v'
	}
	fmt.Fprintf(f, fmt.FormatString(f, verb), float64(x))
}

func formatNumber(f fmt.State, verb rune, whole any, asFloat float64) {
	switch verb {
	case 'e', 'E', 'f', 'F', 'g', 'G':
		fmt.Fprintf(f, fmt.FormatString(f, verb), asFloat)
	case 's':
		fmt.Fprintf(f, fmt.FormatString(f, verb), fmt.Sprint(whole))
	default:
		fmt.Fprintf(f, fmt.FormatString(f, verb), whole)
	}
}

func sprintf(_ topdown.BuiltinContext, operands []*ast.Term, iter func(*ast.Term) error) error {
	layout, err := builtins.StringOperand(operands[0].Value, 1)
	if err != nil {
		return err
	}
	list, err := builtins.ArrayOperand(operands[1].Value, 2)
	if err != nil {
		return err
	}
	args := make([]any, list.Len())
	for i := range args {
		switch v := list.Elem(i).Value.(type) {
		case ast.Number:
			args[i] = printable(v)
		case ast.String:
			args[i] = string(v)
		default:
			args[i] = v.String()
		}
	}
	return iter(ast.StringTerm(fmt.Sprintf(string(layout), args...)))
}

func printable(n ast.Number) any {
	text := string(n)
	if strings.ContainsAny(text, ".eE") {
		if f, ok := n.Float64(); ok {
			return float(f)
		}
		return text
	}
	if i, ok := n.Int64(); ok {
		return integer(i)
	}
	if b, ok := new(big.Int).SetString(text, 10); ok {
		return bigInteger{b}
	}
	return text
}

// calls are questions to the client that wait for their reply.
type calls struct {
	lock    sync.Mutex
	last    int64
	waiting map[int64]chan json.RawMessage
}

func (c *calls) open() (int64, chan json.RawMessage) {
	c.lock.Lock()
	defer c.lock.Unlock()
	if c.waiting == nil {
		c.waiting = map[int64]chan json.RawMessage{}
	}
	c.last++
	c.waiting[c.last] = make(chan json.RawMessage, 1)
	return c.last, c.waiting[c.last]
}

func (c *calls) settle(id int64, value json.RawMessage) {
	c.lock.Lock()
	defer c.lock.Unlock()
	if reply, ok := c.waiting[id]; ok {
		reply <- value
		delete(c.waiting, id)
	}
}

// execute lets the client run a command; the policy's own time stands still meanwhile.
func execute(b topdown.BuiltinContext, operands []*ast.Term, iter func(*ast.Term) error) error {
	e, ok := b.Context.Value(evaluationKey{}).(*evaluation)
	if !ok {
		return fmt.Errorf("exec is not available here")
	}
	args, err := ast.JSON(operands[0].Value)
	if err != nil {
		return err
	}
	e.clock.pause()
	defer e.clock.resume()
	id, reply := e.server.calls.open()
	e.server.turn.pass()
	e.server.answer(answer{ID: id, Call: "exec", Index: int(e.request), Args: args})
	value := <-reply
	if len(value) == 0 || string(value) == "null" {
		return fmt.Errorf("the command could not be run")
	}
	term, err := decodeInput(value)
	if err != nil {
		return err
	}
	return iter(term)
}
