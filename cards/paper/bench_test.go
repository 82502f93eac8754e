package paper

import "testing"

func BenchmarkDocument(b *testing.B) {
	for name, draw := range map[string]func() ([]byte, error){"html": exampleDocument().HTML, "pdf": exampleDocument().PDF, "xlsx": exampleBook().XLSX} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				if _, err := draw(); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
