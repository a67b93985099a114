#pragma once

#include <atomic>
#include <filesystem>
#include <map>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace cli::testing {

// What answers on a Unix socket as a test has written it, a thread a connection.
class ScriptedDaemon {
  public:
    ScriptedDaemon();
    ~ScriptedDaemon();
    ScriptedDaemon(const ScriptedDaemon&) = delete;
    ScriptedDaemon& operator=(const ScriptedDaemon&) = delete;

    struct Reply {
        std::string octets;     // the whole of it
        bool is_held = false;   // the connection stays open behind it
        bool is_early = false;  // sent before the body has come, and nothing more is read
    };
    static Reply json(unsigned status, const std::string& body);
    static Reply problem(unsigned status, const std::string& body) { return json(status, body); }
    static Reply text(const std::string& body);
    static Reply lines(const std::string& body);  // chunked, in odd pieces
    static Reply events(const std::string& stream, bool is_held = false);

    // To "GET /v1/status": one reply a request, the last one again and again.
    void on(const std::string& request, Reply reply);

    struct Seen {
        std::string request;  // "GET /v1/status"
        std::string head;     // as sent
        std::string body;
        bool has(const std::string& field) const { return head.find(field) != std::string::npos; }
    };
    std::vector<Seen> seen();
    std::vector<std::string> requests();

    std::filesystem::path folder;
    std::string socket() const { return folder / "control.sock"; }

  private:
    void accept();
    void serve(int connection);
    Reply reply_to(const Seen& request);

    std::mutex mutex_;
    std::map<std::string, std::vector<Reply>> replies_;
    std::vector<Seen> seen_;
    std::vector<int> connections_;
    std::vector<std::thread> threads_;
    std::atomic<bool> ends_ = false;
    int listener_ = -1;
    std::thread acceptor_;
};

}  // namespace cli::testing
