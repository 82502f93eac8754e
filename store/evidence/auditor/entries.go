package auditor

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// checkEntries checks each entry and its proof and returns all bodies in one text.
func checkEntries(entries, proofs []byte, streams map[string]int, now tree) (string, error) {
	count := make(map[string]int)
	var bodies strings.Builder
	last := int64(-1)
	for len(entries) > 0 {
		line, rest, ok := bytes.Cut(entries, []byte("\n"))
		proof, more, ok2 := bytes.Cut(proofs, []byte("\n"))
		if !ok || !ok2 {
			return "", errors.New("a line is cut short, or a proof is missing")
		}
		entries, proofs = rest, more
		header, salt, body, err := readLine(string(line))
		if err != nil {
			return "", err
		}
		f := strings.Split(header, "\n")
		if len(f) != 9 || f[0] != "muster entry 1" || f[8] != "" {
			return "", errors.New("a header has not the form of one")
		}
		seq, err1 := strconv.ParseInt(f[1], 10, 64)
		position, err2 := strconv.Atoi(f[3])
		count[f[2]]++
		if _, ours := streams[f[2]]; errors.Join(err1, err2) != nil || !ours || position != count[f[2]] || seq <= last {
			return "", fmt.Errorf("entry %s is out of place", f[1])
		}
		last = seq
		if body != "" {
			sum := sha256.Sum256([]byte("muster body 1\n" + salt + body))
			if base64.StdEncoding.EncodeToString(sum[:]) != f[7] || len(salt) != 32 {
				return "", fmt.Errorf("entry %s has another body", f[1])
			}
			bodies.WriteString(body)
		}
		var p struct {
			Seq   *int64
			Proof [][]byte
		}
		if json.Unmarshal(proof, &p) != nil || p.Seq == nil || *p.Seq != seq || !included([]byte(header), seq, now, p.Proof) {
			return "", fmt.Errorf("entry %s is not proven", f[1])
		}
	}
	if len(proofs) > 0 {
		return "", errors.New("there are proofs of nothing")
	}
	for s, n := range streams {
		if count[s] != n {
			return "", fmt.Errorf("%s has %d entries, not %d", s, count[s], n)
		}
	}
	return bodies.String(), nil
}

// readLine takes a line of the entries apart letter by letter: there is one way to write it.
func readLine(line string) (header, salt, body string, err error) {
	bad := errors.New("an entry is not written as it should be")
	rest, ok := strings.CutPrefix(line, `{"header":`)
	end := strings.Index(rest, `",`) // no quote stands in a header
	if !ok || end < 0 || json.Unmarshal([]byte(rest[:end+1]), &header) != nil {
		return "", "", "", bad
	}
	if again, err := json.Marshal(header); err != nil || string(again) != rest[:end+1] {
		return "", "", "", bad
	}
	rest = rest[end+1:]
	if rest == `,"erased":true}` {
		return header, "", "", nil
	}
	rest, ok = strings.CutPrefix(rest, `,"salt":"`)
	text, body, ok2 := strings.Cut(rest, `","body":`)
	raw, err := base64.StdEncoding.DecodeString(text)
	if !ok || !ok2 || err != nil || base64.StdEncoding.EncodeToString(raw) != text {
		return "", "", "", bad
	}
	body, ok = strings.CutSuffix(body, "}")
	if !ok || !json.Valid([]byte(body)) || strings.TrimSpace(body) != body {
		return "", "", "", bad
	}
	return header, string(raw), body, nil
}

func node(left, right []byte) []byte {
	sum := sha256.Sum256(append(append([]byte{1}, left...), right...))
	return sum[:]
}

// included is RFC 9162, 2.1.3.2.
func included(header []byte, index int64, now tree, path [][]byte) bool {
	sum := sha256.Sum256(append([]byte{0}, header...))
	r, fn, sn := sum[:], index, now.size-1
	if index < 0 || index >= now.size {
		return false
	}
	for _, p := range path {
		if sn == 0 || len(p) != 32 {
			return false
		}
		if fn&1 == 1 || fn == sn {
			r = node(p, r)
			for fn&1 == 0 && fn != 0 {
				fn, sn = fn>>1, sn>>1
			}
		} else {
			r = node(r, p)
		}
		fn, sn = fn>>1, sn>>1
	}
	return sn == 0 && bytes.Equal(r, now.root[:])
}

// grew is RFC 9162, 2.1.4.2.
func grew(old, now tree, path [][]byte) bool {
	switch {
	case old.size > now.size:
		return false
	case old.size == now.size:
		return len(path) == 0 && old.root == now.root
	case old.size == 0:
		return len(path) == 0 && old.root == sha256.Sum256(nil)
	case old.size&(old.size-1) == 0:
		path = append([][]byte{old.root[:]}, path...)
	}
	if len(path) == 0 {
		return false
	}
	fn, sn := old.size-1, now.size-1
	for fn&1 == 1 {
		fn, sn = fn>>1, sn>>1
	}
	fr, sr := path[0], path[0]
	for _, c := range path[1:] {
		if sn == 0 || len(c) != 32 {
			return false
		}
		if fn&1 == 1 || fn == sn {
			fr, sr = node(c, fr), node(c, sr)
			for fn&1 == 0 && fn != 0 {
				fn, sn = fn>>1, sn>>1
			}
		} else {
			sr = node(sr, c)
		}
		fn, sn = fn>>1, sn>>1
	}
	return sn == 0 && bytes.Equal(fr, old.root[:]) && bytes.Equal(sr, now.root[:])
}
