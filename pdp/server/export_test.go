package server

import (
	"io/fs"
	"log/slog"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/mayi-authz/mayi/config"
	"github.com/mayi-authz/mayi/pdp"
)

// InstrumentForTest wraps a provider as that of the Decide door is, over metrics
// of its own.
func InstrumentForTest(views pdp.Provider, r *prometheus.Registry, log *slog.Logger) (pdp.Provider, error) {
	return ThrottledForTest(views, r, log, 0, nil)
}

// ThrottledForTest is InstrumentForTest with a bound for the log of denies.
func ThrottledForTest(views pdp.Provider, r *prometheus.Registry, log *slog.Logger, perSecond int, now func() time.Time) (pdp.Provider, error) {
	m, err := newMetrics(r, "test", false, func() bool { return true })
	if err != nil {
		return nil, err
	}
	denies := &denyLog{log: log, headers: []string{"user-agent", "authorization", "x-api-key"}, throttle: throttle{perSecond: perSecond, now: now}}
	see := &observers{metrics: m, denies: denies, log: log}
	return see.views(doorDecide, views), nil
}

// ListenUnixForTest opens a unix socket as a listener does.
func ListenUnixForTest(path, mode string) (interface{ Close() error }, error) {
	return listen("grpc", &config.Listener{Listen: "unix:" + path, SocketMode: mode})
}

// CgroupLimitForTest reads memory.max.
func CgroupLimitForTest(root fs.FS) int64 { return cgroupLimit(root) }

// HealthPeriodForTest is how long a health watcher may wait for a change.
const HealthPeriodForTest time.Duration = healthPeriod
