package paper

import "strings"

// widths are the columns' widths: as weighed, or by what the texts take. None is narrower than its longest short word, or, as weighed, than that
// of its head.
func (t Table) widths(whole float64) []float64 {
	n := t.columns()
	weigh, least := make([]float64, n), make([]float64, n)
	if len(t.Widths) >= n {
		for i := range weigh {
			weigh[i] = max(0.01, t.Widths[i])
		}
		for i := range least {
			s, _ := printable(at(t.Head, i))
			least[i] = min(longest(fonts().bold, s)+2*cellPad, whole/float64(n))
		}
		return share(weigh, least, whole)
	}
	for k, row := range append([][]string{t.Head}, t.Rows...) {
		for i := range n {
			s, _ := printable(at(row, i))
			f := fonts().of(k == 0)
			for _, l := range f.wrap(s, cellSize, 230) {
				weigh[i] = max(weigh[i], f.measure(l, cellSize)+2*cellPad)
			}
			least[i] = max(least[i], min(longest(f, s), whole/float64(n)-2*cellPad)+2*cellPad)
		}
	}
	return share(weigh, least, whole)
}

// longest is the width of the longest word of a text.
func longest(f face, s string) float64 {
	w := 0.0
	for word := range strings.FieldsSeq(s) {
		w = max(w, f.measure(word, cellSize))
	}
	return w
}

// share gives each column its part of the whole by weight, and at least what it needs.
func share(weigh, least []float64, whole float64) []float64 {
	out := make([]float64, len(weigh))
	fixed := make([]bool, len(weigh))
	for {
		rest, sum := whole, 0.0
		for i := range weigh {
			if fixed[i] {
				rest -= least[i]
			} else {
				sum += weigh[i]
			}
		}
		if sum == 0 { // all columns are at their least, and those fit: each is at most an equal share
			return out
		}
		again := false
		for i := range weigh {
			if fixed[i] {
				out[i] = least[i]
				continue
			}
			out[i] = rest * weigh[i] / sum
			if out[i] < least[i] {
				out[i], fixed[i], again = least[i], true, true
			}
		}
		if !again {
			return out
		}
	}
}
