#include "client/src/channel_release.h"

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

namespace lsmkv::client {
namespace {

// How long the end of the process waits for calls that nobody waited for.
constexpr std::chrono::seconds kExitWait{2};

thread_local bool in_callback = false;

// Drops channels in a thread of its own, which is started by the first.
class Releaser {
 public:
  // Made before the first channel is used, and so destroyed before gRPC.
  static Releaser& Get() {
    static Releaser releaser;
    return releaser;
  }

  ~Releaser() {
    std::unique_lock<std::mutex> lock(mu_);
    changed_.wait_for(lock, kExitWait, [this] { return callbacks_ == 0; });
    ending_ = true;
    changed_.notify_all();
    lock.unlock();
    if (thread_.joinable()) thread_.join();
  }

  void Take(std::shared_ptr<grpc::Channel> channel) {
    const std::lock_guard<std::mutex> lock(mu_);
    channels_.push_back(std::move(channel));
    if (!thread_.joinable()) thread_ = std::thread([this] { Run(); });
    changed_.notify_all();
  }

  void CountCallbacks(int change) {
    const std::lock_guard<std::mutex> lock(mu_);
    callbacks_ += change;
    if (callbacks_ == 0) changed_.notify_all();
  }

 private:
  Releaser() = default;

  void Run() {
    std::unique_lock<std::mutex> lock(mu_);
    while (true) {
      changed_.wait(lock, [this] { return ending_ || !channels_.empty(); });
      if (channels_.empty()) return;
      std::vector<std::shared_ptr<grpc::Channel>> channels;
      channels.swap(channels_);
      lock.unlock();
      channels.clear();
      lock.lock();
    }
  }

  std::mutex mu_;
  std::condition_variable changed_;
  std::vector<std::shared_ptr<grpc::Channel>> channels_;
  int callbacks_ = 0;
  bool ending_ = false;
  std::thread thread_;
};

}  // namespace

void CallbackScope::Expect() { Releaser::Get().CountCallbacks(1); }

CallbackScope::CallbackScope() { in_callback = true; }

CallbackScope::~CallbackScope() {
  in_callback = false;
  Releaser::Get().CountCallbacks(-1);
}

std::shared_ptr<grpc::Channel> ReleaseAnywhere(
    std::shared_ptr<grpc::Channel> channel) {
  Releaser::Get();
  grpc::Channel* const raw = channel.get();
  return {raw, [channel = std::move(channel)](grpc::Channel*) mutable {
            if (in_callback) {
              Releaser::Get().Take(std::move(channel));
            } else {
              channel.reset();
            }
          }};
}

}  // namespace lsmkv::client
