package main

import (
	"encoding/json"
	"fmt"
	"math/rand"
	"strings"
	"testing"

	"github.com/open-policy-agent/opa/v1/ast"
)

// byOPA reads text the way OPA does.
func byOPA(text string) (ast.Value, error) {
	return ast.ValueFromReader(strings.NewReader(text))
}

func randomText(r *rand.Rand, depth int) string {
	pick := func(list ...string) string { return list[r.Intn(len(list))] }
	many := func(one func() string, separator string) string {
		parts := make([]string, r.Intn(12))
		for i := range parts {
			parts[i] = one()
		}
		return strings.Join(parts, separator)
	}
	text := func() string {
		return pick(`""`, `"a"`, `"b"`, `"\u00fc"`, `"\ud83d\ude00"`, `"\ud800"`, `"a\n\"\\\/"`, "\"\u2028\"", `"`+strings.Repeat("long ", 20)+`"`, "\"\xff\"")
	}
	kind := r.Intn(10)
	if depth > 5 {
		kind = r.Intn(6)
	}
	switch {
	case kind < 2:
		return pick("null", "true", "false", " true\n")
	case kind < 4:
		return pick("0", "-0", "7", "-12", "9007199254740993", "123456789012345678901234567890", "1.50", "1e3", "1E-2", "-0.1")
	case kind < 6:
		return text()
	case kind < 8:
		return "[ " + many(func() string { return randomText(r, depth+1) }, ",\t") + "]"
	default:
		return "{" + many(func() string { return text() + " :" + randomText(r, depth+1) }, ",") + " }"
	}
}

func TestInputsReadAsOPAReadsThem(t *testing.T) {
	r := rand.New(rand.NewSource(1))
	for range 5000 {
		text := randomText(r, 0)
		want, err := byOPA(text)
		if err != nil {
			t.Fatalf("%s: %v", text, err)
		}
		got, err := decodeInput([]byte(text))
		if err != nil {
			t.Fatalf("%s: %v", text, err)
		}
		if got.Value.Compare(want) != 0 || got.Value.Hash() != want.Hash() || got.Value.String() != want.String() {
			t.Fatalf("%s: got %v, want %v", text, got.Value, want)
		}
	}
}

func TestInputsThatAreNoJSONAreRefused(t *testing.T) {
	texts := []string{"", " ", "{", "[", "[1,]", "[,1]", "[1 2]", `{"a"}`, `{"a":}`, `{"a":1,}`, `{a:1}`, "{1:1}", "01", "1.", ".5", "1e", "+1", "-", "--1", "tru", "nul", "falsey", "1 1", `"a`, `"\x"`, `"\u12"`, "\"\n\"", "'a'", "NaN", "]", "\xff", `"a\`, "[1}", `{"a":1]`}
	for _, text := range texts {
		if term, err := decodeInput([]byte(text)); err == nil {
			t.Errorf("%q was read as %v", text, term)
		}
		var any any
		if json.Unmarshal([]byte(text), &any) == nil {
			t.Errorf("%q is JSON after all", text)
		}
	}
}

func TestInputsMayBeDeepButNotTooDeep(t *testing.T) {
	nested := func(depth int) []byte { return []byte(strings.Repeat("[", depth) + strings.Repeat("]", depth)) }
	if _, err := decodeInput(nested(maxDepth)); err != nil {
		t.Error(err)
	}
	if _, err := decodeInput(nested(maxDepth + 2)); err == nil {
		t.Error("a deeper one was read")
	}
}

func FuzzInput(f *testing.F) {
	f.Add(`{"a": [1, "b", null]}`)
	f.Fuzz(func(t *testing.T, text string) {
		got, err := decodeInput([]byte(text))
		if json.Valid([]byte(text)) != (err == nil) {
			t.Fatalf("%q: %v", text, err)
		}
		if err != nil {
			return
		}
		if want, err := byOPA(text); err == nil && got.Value.Compare(want) != 0 {
			t.Fatalf("%q: got %v, want %v", text, got.Value, want)
		}
	})
}

// planOf makes a plan document of about the size.
func planOf(bytes int) string {
	var b strings.Builder
	b.WriteString(`{"terraform":{"resource_changes":[`)
	for i := 0; b.Len() < bytes; i++ {
		if i > 0 {
			b.WriteByte(',')
		}
		fmt.Fprintf(&b, `{"address":"aws_instance.web[%d]","type":"aws_instance","name":"web","provider_name":"registry.terraform.io/hashicorp/aws","change":{"actions":["%s"],"before":null,"after":{"ami":"fc40d152","instance_type":"eae35047","tags":{"Name":"737677b2","Owner":"%08x"},"cpu":%d}}}`, i, []string{"create", "update", "no-op"}[i%3], i, i%64)
	}
	b.WriteString(`]}}`)
	return b.String()
}
