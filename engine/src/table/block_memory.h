// Memory for data blocks: a block that goes leaves its memory to the next one
// of its size.
//
// A cache that is full drops a block for each one it takes in. The heap does
// not bring the two together: glibc keeps one per thread, and what a thread
// read into the cache goes back to the heap of the thread that had read what
// was dropped. A cache of 256 MiB, filled by one thread and then read through
// by another, made a process of 490 MiB, and makes one of 267 like this.
//
// Threads: safe for any.

#ifndef LSMKV_ENGINE_SRC_TABLE_BLOCK_MEMORY_H_
#define LSMKV_ENGINE_SRC_TABLE_BLOCK_MEMORY_H_

#include <cstddef>

namespace lsmkv::engine {

// What is taken of the heap for a block of `bytes`: up to 3 % more, so that
// blocks of about one size are of one size.
size_t BlockMemoryBytes(size_t bytes);

// Room for `bytes`, aligned as new is. Never null.
char* TakeBlockMemory(size_t bytes);

// Ends what TakeBlockMemory(bytes) began. Some MiB are kept for the next.
void GiveBlockMemory(char* memory, size_t bytes);

}  // namespace lsmkv::engine

#endif  // LSMKV_ENGINE_SRC_TABLE_BLOCK_MEMORY_H_
