package boltkv_test

import (
	"encoding/binary"
	"path/filepath"
	"testing"

	"muster/store/boltkv"
	"muster/store/kv"
)

// BenchmarkUpdate writes what a batch of 16 commits does: a hundred rows, most
// of them at the end of a few ranges and some anywhere.
func BenchmarkUpdate(b *testing.B) {
	db, err := boltkv.Open(filepath.Join(b.TempDir(), "muster.db"), boltkv.Options{})
	if err != nil {
		b.Fatal(err)
	}
	defer db.Close()
	value := make([]byte, 300)
	n := uint64(0)
	b.ReportAllocs()
	for b.Loop() {
		if err := db.Update(b.Context(), func(tx kv.Tx) error {
			for i := range 96 {
				n++
				key := []byte{'a' + byte(i%6), '/', 0, 0, 0, 0, 0, 0, 0, 0}
				where := n
				if i%6 == 0 {
					where = n * 0x9E3779B97F4A7C15
				}
				binary.BigEndian.PutUint64(key[2:], where)
				if err := tx.Put(key, value); err != nil {
					return err
				}
			}
			return nil
		}); err != nil {
			b.Fatal(err)
		}
	}
}
