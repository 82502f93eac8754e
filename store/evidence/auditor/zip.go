package auditor

import (
	"encoding/binary"
	"errors"
	"hash/crc32"
	"time"
)

type file struct {
	name string
	data []byte
	at   int // of its local header
}

// unzip reads a zip that holds files one after the other as they are, then
// their directory, and nothing else. It returns the time that all of them bear.
func unzip(b []byte) ([]file, time.Time, error) {
	bad := errors.New("not the one form that a pack has")
	u16 := func(i int) int { return int(binary.LittleEndian.Uint16(b[i:])) }
	u32 := func(i int) int { return int(binary.LittleEndian.Uint32(b[i:])) }
	var files []file
	var stamp time.Time
	i := 0
	for i+30 <= len(b) && u32(i) == 0x04034b50 {
		size, name := u32(i+18), u16(i+26)
		start := i + 30 + name
		if u16(i+4) != 10 || u16(i+6) != 0 || u16(i+8) != 0 || u32(i+22) != size || u16(i+28) != 0 || start+size > len(b) {
			return nil, stamp, bad
		}
		clock, day := u16(i+10), u16(i+12)
		t := time.Date(1980+day>>9, time.Month(day>>5&15), day&31, clock>>11, clock>>5&63, clock&31*2, 0, time.UTC)
		if stamp.IsZero() {
			stamp = t
		}
		f := file{string(b[i+30 : start]), b[start : start+size], i}
		if uint32(u32(i+14)) != crc32.ChecksumIEEE(f.data) || !t.Equal(stamp) {
			return nil, stamp, bad
		}
		for _, other := range files {
			if other.name == f.name {
				return nil, stamp, bad
			}
		}
		files, i = append(files, f), start+size
	}
	directory := i
	for _, f := range files {
		if i+46+len(f.name) > len(b) || u32(i) != 0x02014b50 || u16(i+4) != 10 || string(b[i+6:i+32]) != string(b[f.at+4:f.at+30]) {
			return nil, stamp, bad
		}
		if string(b[i+32:i+42]) != "\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00" || u32(i+42) != f.at || string(b[i+46:i+46+len(f.name)]) != f.name {
			return nil, stamp, bad
		}
		i += 46 + len(f.name)
	}
	if i+22 != len(b) || u32(i) != 0x06054b50 || u32(i+4) != 0 || u16(i+8) != len(files) || u16(i+10) != len(files) || u32(i+12) != i-directory || u32(i+16) != directory || u16(i+20) != 0 {
		return nil, stamp, bad
	}
	return files, stamp, nil
}
