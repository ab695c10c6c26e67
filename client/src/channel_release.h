// Letting go of a gRPC channel in a thread that may do it.
//
// gRPC 1.51 runs callbacks on threads that belong to all channels; when the
// last channel goes, these threads are joined. So a channel must not go inside
// a callback, where an asynchronous call that outlived its Client drops the
// last reference; and the process must not end while a callback still does.

#ifndef LSMKV_CLIENT_SRC_CHANNEL_RELEASE_H_
#define LSMKV_CLIENT_SRC_CHANNEL_RELEASE_H_

#include <memory>

#include <grpcpp/channel.h>

namespace lsmkv::client {

// Stands for the body of a gRPC callback, from the start of its call on.
class CallbackScope {
 public:
  // In the thread that starts the call.
  static void Expect();
  // In the callback.
  CallbackScope();
  ~CallbackScope();
  CallbackScope(const CallbackScope&) = delete;
  CallbackScope& operator=(const CallbackScope&) = delete;
};

// The same channel, whose last reference may be dropped anywhere: inside a
// CallbackScope it is left to a thread of this file.
std::shared_ptr<grpc::Channel> ReleaseAnywhere(
    std::shared_ptr<grpc::Channel> channel);

}  // namespace lsmkv::client

#endif  // LSMKV_CLIENT_SRC_CHANNEL_RELEASE_H_
