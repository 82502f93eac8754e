package sandbox

import (
	"log/slog"
	"os/exec"
	"runtime"
)

// Browse shows the page in a browser, where there is one. Without one the address is on the screen.
func Browse(address string, log *slog.Logger) {
	name := map[string]string{"darwin": "open", "windows": "explorer"}[runtime.GOOS]
	if name == "" {
		name = "xdg-open"
	}
	if err := exec.Command(name, address).Start(); err != nil {
		log.Info("no browser opened", slog.Any("error", err))
	}
}
