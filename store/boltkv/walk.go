package boltkv

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"hash/fnv"
	"io"
	"os"
)

// The layout of a bbolt file, version 2, as its documentation of the file
// format gives it. Numbers are in the byte order of the machine.
const (
	pageHeader = 16 // id 8, flags 2, count 2, overflow 4
	branchElem = 16 // pos 4, key size 4, page 8
	leafElem   = 16 // flags 4, pos 4, key size 4, value size 4

	branchPage = 0x01
	leafPage   = 0x02
	freePage   = 0x10
	bucketElem = 0x01
	metaSize   = 64 // magic 4, version 4, page size 4, flags 4, root 16, freelist 8, high water 8, tx 8, sum 8

	boltMagic   = 0xED0CDAED
	maxDepth    = 64
	maxPageSize = 64 << 10
)

// walker reads the tree of pages with plain reads. bbolt itself maps the file
// and believes what it finds: a page number that is wrong, or a file cut short,
// kills the process with a memory fault that cannot always be caught.
type walker struct {
	file     *os.File
	pageSize int64
	high     uint64 // pages from here on are not in use
	seen     []bool // by page: each belongs to one place
	unused   []uint64
}

// walk follows every branch and bucket of the file and says in half a sentence
// what is wrong first, or "". It reads structure, not values: those carry sums
// of their own. The error is one of reading.
func walk(file *os.File) (why string, err error) {
	_, why, err = walked(file)
	return why, err
}

// walked is walk, and what was found of the pages.
func walked(file *os.File) (w *walker, why string, err error) {
	meta, err := newestMeta(file)
	if err != nil || meta == nil {
		return nil, "it is not a muster store, or its first pages are damaged", err
	}
	w = &walker{
		file:     file,
		pageSize: int64(binary.NativeEndian.Uint32(meta[8:])),
		high:     binary.NativeEndian.Uint64(meta[40:]),
	}
	info, err := file.Stat()
	if err != nil {
		return nil, "", err
	}
	if have := uint64(info.Size() / w.pageSize); have < w.high {
		return nil, fmt.Sprintf("it is cut short: %d of %d pages are there", have, w.high), nil
	}
	w.seen = make([]bool, w.high)
	if why, err := w.page(binary.NativeEndian.Uint64(meta[16:]), nil, nil, 0); why != "" || err != nil {
		return nil, why, err
	}
	why, err = w.free(binary.NativeEndian.Uint64(meta[32:]))
	return w, why, err
}

// read reads page id with the pages that it flows over into, and marks them.
func (w *walker) read(id uint64) (p []byte, why string, err error) {
	if id < 2 || id >= w.high {
		return nil, fmt.Sprintf("it is damaged: page %d is out of bounds", id), nil
	}
	p = make([]byte, w.pageSize)
	if _, err := w.file.ReadAt(p, int64(id)*w.pageSize); err != nil {
		return nil, "", err
	}
	overflow := uint64(binary.NativeEndian.Uint32(p[12:]))
	if binary.NativeEndian.Uint64(p) != id || overflow >= w.high-id {
		return nil, fmt.Sprintf("it is damaged: page %d is not what it should be", id), nil
	}
	for i := id; i <= id+overflow; i++ {
		if w.seen[i] {
			return nil, fmt.Sprintf("it is damaged: page %d is used twice", i), nil
		}
		w.seen[i] = true
	}
	if overflow > 0 {
		p = make([]byte, int64(overflow+1)*w.pageSize)
		_, err = w.file.ReadAt(p, int64(id)*w.pageSize)
	}
	return p, "", err
}

// free checks the list of pages that may be written: a page in it that is in
// use would be overwritten.
func (w *walker) free(id uint64) (why string, err error) {
	p, why, err := w.read(id)
	if why != "" || err != nil {
		return why, err
	}
	count, ids := uint64(binary.NativeEndian.Uint16(p[10:])), p[pageHeader:]
	if count == 0xffff { // did not fit; it stands in front of the list
		count, ids = binary.NativeEndian.Uint64(ids), ids[8:]
	}
	if binary.NativeEndian.Uint16(p[8:]) != freePage || count > uint64(len(ids)/8) {
		return "it is damaged: the list of free pages cannot be read", nil
	}
	for i := range count {
		page := binary.NativeEndian.Uint64(ids[8*i:])
		if page < 2 || page >= w.high || w.seen[page] {
			return fmt.Sprintf("it is damaged: page %d is in use and listed as free", page), nil
		}
		w.seen[page], w.unused = true, append(w.unused, page)
	}
	return "", nil
}

// newestMeta returns the valid meta page with the higher transaction number,
// or nil.
func newestMeta(file *os.File) ([]byte, error) {
	var best []byte
	read := func(at int64) ([]byte, error) {
		b := make([]byte, pageHeader+metaSize)
		if _, err := file.ReadAt(b, at); err != nil && err != io.EOF {
			return nil, err
		}
		b = b[pageHeader:]
		h := fnv.New64a()
		h.Write(b[:metaSize-8])
		size := binary.NativeEndian.Uint32(b[8:])
		if binary.NativeEndian.Uint32(b) != boltMagic || binary.NativeEndian.Uint64(b[metaSize-8:]) != h.Sum64() ||
			size < 512 || size > maxPageSize || size&(size-1) != 0 {
			return nil, nil
		}
		return b, nil
	}
	first, err := read(0)
	if err != nil {
		return nil, err
	}
	best = first
	for at := int64(512); at <= maxPageSize; at *= 2 { // the first page may be the broken one: try every size
		if first != nil && at != int64(binary.NativeEndian.Uint32(first[8:])) {
			continue
		}
		second, err := read(at)
		if err != nil {
			return nil, err
		}
		if second == nil || int64(binary.NativeEndian.Uint32(second[8:])) != at {
			continue
		}
		if best == nil || binary.NativeEndian.Uint64(second[48:]) > binary.NativeEndian.Uint64(best[48:]) {
			best = second
		}
	}
	return best, nil
}

// page checks page id and all below it. Its keys must be from <= key < to, where nil is no bound.
func (w *walker) page(id uint64, from, to []byte, depth int) (why string, err error) {
	if depth > maxDepth {
		return fmt.Sprintf("it is damaged: page %d lies too deep", id), nil
	}
	p, why, err := w.read(id)
	if why != "" || err != nil {
		return why, err
	}
	return w.elements(id, p, from, to, depth)
}

// elements checks the elements of a page, which for an inline bucket is the
// value of a leaf.
func (w *walker) elements(id uint64, p, from, to []byte, depth int) (why string, err error) {
	bad := fmt.Sprintf("it is damaged: the rows of page %d do not fit together", id)
	flags, count := binary.NativeEndian.Uint16(p[8:]), int(binary.NativeEndian.Uint16(p[10:]))
	if flags != branchPage && flags != leafPage || pageHeader+count*leafElem > len(p) || flags == branchPage && count == 0 {
		return bad, nil
	}
	var last []byte
	for i := range count {
		e := p[pageHeader+i*leafElem:]
		pos, key := e[0:4], e[4:8]
		if flags == leafPage {
			pos, key = e[4:8], e[8:12]
		}
		begin := uint64(pageHeader+i*leafElem) + uint64(binary.NativeEndian.Uint32(pos))
		end := begin + uint64(binary.NativeEndian.Uint32(key))
		if end > uint64(len(p)) {
			return bad, nil
		}
		k := p[begin:end]
		if i > 0 && bytes.Compare(last, k) >= 0 || from != nil && bytes.Compare(k, from) < 0 || to != nil && bytes.Compare(k, to) >= 0 {
			return bad, nil
		}
		last = k
		if flags == branchPage {
			next := to
			if i+1 < count {
				next = w.key(p, i+1)
			}
			if why, err := w.page(binary.NativeEndian.Uint64(e[8:]), k, next, depth+1); why != "" || err != nil {
				return why, err
			}
			continue
		}
		size := uint64(binary.NativeEndian.Uint32(e[12:]))
		if size > uint64(len(p))-end {
			return bad, nil
		}
		if binary.NativeEndian.Uint32(e)&bucketElem == 0 {
			continue
		}
		if why, err := w.bucket(id, p[end:end+size], depth); why != "" || err != nil {
			return why, err
		}
	}
	return "", nil
}

// bucket checks a bucket: a root page, or when that is 0 a small page kept in
// the value itself.
func (w *walker) bucket(id uint64, value []byte, depth int) (why string, err error) {
	if len(value) < 16 {
		return fmt.Sprintf("it is damaged: a bucket in page %d is too short", id), nil
	}
	if root := binary.NativeEndian.Uint64(value); root != 0 {
		return w.page(root, nil, nil, depth+1)
	}
	if len(value) < 16+pageHeader {
		return fmt.Sprintf("it is damaged: a bucket in page %d is too short", id), nil
	}
	return w.elements(id, value[16:], nil, nil, depth+1)
}

// key returns the key of branch element i, or nil when it lies outside: the
// loop that asks for it will come to the same element and report it.
func (w *walker) key(p []byte, i int) []byte {
	e := p[pageHeader+i*branchElem:]
	begin := uint64(pageHeader+i*branchElem) + uint64(binary.NativeEndian.Uint32(e))
	end := begin + uint64(binary.NativeEndian.Uint32(e[4:]))
	if end > uint64(len(p)) {
		return nil
	}
	return p[begin:end]
}
