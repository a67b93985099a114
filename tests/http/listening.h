#pragma once

#include <chrono>
#include <condition_variable>
#include <deque>
#include <filesystem>
#include <functional>
#include <future>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

#include <gtest/gtest.h>

#include "server/asio.h"
#include "server/http/event_stream.h"
#include "server/http/listener.h"
#include "tests/http/client.h"

// What one thread hands to another.
template <class T>
class Handed {
  public:
    void put(T value) {
        const std::lock_guard lock(mutex_);
        values_.push_back(std::move(value));
        come_.notify_all();
    }
    // Nothing: it did not come within a client's patience.
    std::optional<T> take() {
        std::unique_lock lock(mutex_);
        if (!come_.wait_for(lock, HttpClient::patience, [this] { return !values_.empty(); }))
            return std::nullopt;
        std::optional<T> value(std::move(values_.front()));
        values_.pop_front();
        return value;
    }

  private:
    std::mutex mutex_;
    std::condition_variable come_;
    std::deque<T> values_;
};

// Routes that do what a test wants of the connections:
//   /healthz  is open to all; /echo tells method, body and caller; /empty is a 204
//   /held     hands its reply to the test; /dropped loses it; /throws
//   /import   takes pieces, handing each `more` to the test while `hold_pieces`; then what it saw
//   /spool    a spooled answer of `spooled` octets; /broken one that breaks off
//   /events   what happens
class TestRouter final : public http::Router {
  public:
    bool is_open_to_all(const http::Request&) override;
    Reception receive(const http::Request&) override;
    void route(http::Request, http::Reply) override;

    std::filesystem::path folder = std::filesystem::temp_directory_path();
    std::uint64_t spooled = 0;
    bool hold_pieces = false;
    std::size_t refuse_after = 0;  // octets of an import; 0: never
    http::Events events{"boot"};
    std::size_t most_unread = http::most_unread_events;

    Handed<http::Request> received;
    Handed<http::Reply> held;
    Handed<http::BodySink::More> pieces;
    struct Imports {
        std::size_t octets = 0, largest = 0, open = 0, ended = 0, begun = 0;
        bool twice = false;  // a piece came while another one was out
    } imports;
};

// A listener on a thread of its own, as the daemon's control thread has it.
class Listening : public testing::Test {
  protected:
    Listening();
    ~Listening() override;

    // Runs it on the listener's thread and waits.
    template <class F>
    auto on_thread(F what) {
        if (!thread.joinable()) thread = std::thread([this] { context.run(); });
        std::packaged_task<decltype(what())()> task(std::move(what));
        auto done = task.get_future();
        boost::asio::post(context, [&task] { task(); });
        return done.get();
    }
    // Whether it becomes true, looked at on the listener's thread between its other work.
    bool becomes(std::function<bool()> what);
    // The error; empty when it listens.
    std::string open();
    HttpClient connect() const { return HttpClient::tcp(port); }
    std::size_t open_connections();

    std::filesystem::path folder;
    journal::Journal journal{journal::Level::error, journal::Format::text};
    TestRouter router;
    http::Settings settings;
    boost::asio::io_context context;
    boost::asio::executor_work_guard<boost::asio::io_context::executor_type> work{
        context.get_executor()};
    std::thread thread;
    std::unique_ptr<http::Listener> listener;
    std::uint16_t port = 0;
};
