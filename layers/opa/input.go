package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"unicode/utf8"

	"github.com/open-policy-agent/opa/v1/ast"
)

const (
	maxDepth  = 10_000 // as deep as encoding/json goes
	maxShared = 64     // keys and short strings are shared up to this length
)

var errEnd = errors.New("the text ends too soon")

// decodeInput reads JSON straight into OPA's values: numbers keep their digits, nothing is built twice.
func decodeInput(text []byte) (*ast.Term, error) { return decodeAlike(text, map[string]*ast.Term{}) }

// decodeAlike shares keys and short texts with what was decoded before it.
func decodeAlike(text []byte, keys map[string]*ast.Term) (*ast.Term, error) {
	d := &decoder{text: text, keys: keys}
	term, err := d.value(0)
	if err == nil {
		if d.space(); d.at < len(text) {
			err = fmt.Errorf("unexpected text after the value")
		}
	}
	if err != nil {
		return nil, fmt.Errorf("not JSON at byte %d: %w", d.at, err)
	}
	return term, nil
}

type decoder struct {
	text  []byte
	at    int
	keys  map[string]*ast.Term
	terms []*ast.Term
	pairs [][2]*ast.Term
}

func (d *decoder) space() {
	for d.at < len(d.text) {
		switch d.text[d.at] {
		case ' ', '\t', '\n', '\r':
			d.at++
		default:
			return
		}
	}
}

// next skips space and tells the byte there, 0 at the end.
func (d *decoder) next() byte {
	if d.space(); d.at < len(d.text) {
		return d.text[d.at]
	}
	return 0
}

func (d *decoder) value(depth int) (*ast.Term, error) {
	if depth > maxDepth {
		return nil, fmt.Errorf("nested deeper than %d", maxDepth)
	}
	switch b := d.next(); b {
	case 0:
		return nil, errEnd
	case '{':
		return d.object(depth)
	case '[':
		return d.array(depth)
	case '"':
		return d.text_()
	case 't':
		return d.word("true", ast.InternedTerm(true))
	case 'f':
		return d.word("false", ast.InternedTerm(false))
	case 'n':
		return d.word("null", ast.NullTerm())
	default:
		return d.number()
	}
}

func (d *decoder) word(word string, term *ast.Term) (*ast.Term, error) {
	if end := d.at + len(word); end <= len(d.text) && string(d.text[d.at:end]) == word {
		d.at = end
		return term, nil
	}
	return nil, fmt.Errorf("expected %s", word)
}

func (d *decoder) array(depth int) (*ast.Term, error) {
	base := len(d.terms)
	d.at++
	for first := true; ; first = false {
		if b := d.next(); b == ']' && first {
			d.at++
			break
		}
		term, err := d.value(depth + 1)
		if err != nil {
			return nil, err
		}
		d.terms = append(d.terms, term)
		if closed, err := d.comma(']'); err != nil {
			return nil, err
		} else if closed {
			break
		}
	}
	list := append([]*ast.Term(nil), d.terms[base:]...)
	d.terms = d.terms[:base]
	return ast.NewTerm(ast.NewArray(list...)), nil
}

func (d *decoder) object(depth int) (*ast.Term, error) {
	base := len(d.pairs)
	d.at++
	for first := true; ; first = false {
		b := d.next()
		if b == '}' && first {
			d.at++
			break
		}
		if b != '"' {
			return nil, errors.New("expected a key")
		}
		key, err := d.text_()
		if err != nil {
			return nil, err
		}
		if d.next() != ':' {
			return nil, errors.New("expected a colon")
		}
		d.at++
		value, err := d.value(depth + 1)
		if err != nil {
			return nil, err
		}
		d.pairs = append(d.pairs, [2]*ast.Term{key, value})
		if closed, err := d.comma('}'); err != nil {
			return nil, err
		} else if closed {
			break
		}
	}
	pairs := d.pairs[base:]
	d.pairs = d.pairs[:base]
	return ast.NewTerm(objectOf(pairs)), nil
}

// objectOf lets the last of equal keys win.
func objectOf(pairs [][2]*ast.Term) ast.Object {
	o := ast.NewObject(pairs...)
	if len(pairs) < 2 || !repeats(pairs) {
		return o
	}
	o = ast.NewObjectWithCapacity(len(pairs))
	for _, pair := range pairs {
		o.Insert(pair[0], pair[1])
	}
	return o
}

func repeats(pairs [][2]*ast.Term) bool {
	if len(pairs) <= 8 {
		for i := range pairs {
			for j := range i {
				if pairs[i][0].Value == pairs[j][0].Value {
					return true
				}
			}
		}
		return false
	}
	seen := make(map[ast.Value]struct{}, len(pairs))
	for _, pair := range pairs {
		seen[pair[0].Value] = struct{}{}
	}
	return len(seen) < len(pairs)
}

// comma takes what stands between two members, or the end.
func (d *decoder) comma(end byte) (closed bool, err error) {
	switch d.next() {
	case ',':
		d.at++
		return false, nil
	case end:
		d.at++
		return true, nil
	case 0:
		return false, errEnd
	default:
		return false, fmt.Errorf("expected a comma or %c", end)
	}
}

func (d *decoder) text_() (*ast.Term, error) {
	start := d.at
	plain := true
	for i := start + 1; i < len(d.text); i++ {
		switch b := d.text[i]; {
		case b == '"':
			d.at = i + 1
			return d.stringOf(d.text[start:d.at], plain)
		case b == '\\':
			plain = false
			i++
		case b < ' ':
			d.at = i
			return nil, errors.New("a control character in a string")
		}
	}
	return nil, errEnd
}

func (d *decoder) stringOf(quoted []byte, plain bool) (*ast.Term, error) {
	inner := quoted[1 : len(quoted)-1]
	if !plain || !utf8.Valid(inner) {
		var text string
		if err := json.Unmarshal(quoted, &text); err != nil {
			return nil, err
		}
		return ast.StringTerm(text), nil
	}
	if len(inner) > maxShared {
		return ast.StringTerm(string(inner)), nil
	}
	if term, ok := d.keys[string(inner)]; ok {
		return term, nil
	}
	term := ast.StringTerm(string(inner))
	d.keys[string(inner)] = term
	return term, nil
}

func (d *decoder) number() (*ast.Term, error) {
	start := d.at
	digits := func() bool {
		from := d.at
		for d.at < len(d.text) && d.text[d.at] >= '0' && d.text[d.at] <= '9' {
			d.at++
		}
		return d.at > from
	}
	one := func(these string) bool {
		if d.at < len(d.text) {
			for i := range these {
				if d.text[d.at] == these[i] {
					d.at++
					return true
				}
			}
		}
		return false
	}
	one("-")
	ok := one("0") || digits()
	if ok && one(".") {
		ok = digits()
	}
	if ok && one("eE") {
		one("+-")
		ok = digits()
	}
	if !ok {
		return nil, errors.New("expected a value")
	}
	text := string(d.text[start:d.at])
	if term := ast.InternedIntNumberTermFromString(text); term != nil {
		return term, nil
	}
	return ast.NewTerm(ast.Number(text)), nil
}
