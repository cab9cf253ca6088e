// Package directory reads bundles from a folder.
//
// A folder can change under the reader's feet, so that three cases are told apart:
//
//   - A Kubernetes volume (ConfigMap, Secret, projected) has a link "..data" to
//     the folder of its current generation. That link is resolved once and all is
//     read through the resolved folder, never through the links beside "..data":
//     while the kubelet swaps, those lack new files and lead nowhere for old ones.
//     A generation is complete when "..data" leads to it, so it is taken at once.
//   - Where the configured path leads through a symbolic link that now leads
//     elsewhere, somebody swapped it atomically, and the new state is taken at once.
//   - In any other folder files are saved one by one. A new state is taken only
//     when two scans, 100 ms apart, agree on it.
//
// After each scan the way to the folder is resolved again. If it leads elsewhere by
// then, the scan is thrown away: the kubelet deletes an old generation file by file
// while it may still be read, and a part of it must not pass for the whole.
package directory
