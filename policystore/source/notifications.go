package source

import "github.com/fsnotify/fsnotify"

// Notifications is the operating system's word that something in a folder
// changed. It is an interface so that a test can lose events on purpose.
type Notifications interface {
	// Add watches a folder; one that is watched already stays so.
	Add(folder string) error
	Remove(folder string) error
	// Watched lists the folders that are still watched.
	Watched() []string
	Events() <-chan fsnotify.Event
	Errors() <-chan error
	Close() error
}

// OpenNotifications opens the operating system's notifications (inotify on
// Linux). It fails when the machine has no more of them.
func OpenNotifications() (Notifications, error) {
	w, err := fsnotify.NewWatcher()
	if err != nil {
		return nil, err
	}
	return notifications{w}, nil
}

type notifications struct{ w *fsnotify.Watcher }

func (n notifications) Add(folder string) error       { return n.w.Add(folder) }
func (n notifications) Remove(folder string) error    { return n.w.Remove(folder) }
func (n notifications) Watched() []string             { return n.w.WatchList() }
func (n notifications) Events() <-chan fsnotify.Event { return n.w.Events }
func (n notifications) Errors() <-chan error          { return n.w.Errors }
func (n notifications) Close() error                  { return n.w.Close() }
