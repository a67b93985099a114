#include "server/outbound/server_trigger.h"

#include <deque>
#include <map>
#include <utility>

#include "server/asio.h"

namespace outbound {

class ServerTrigger::Impl : public std::enable_shared_from_this<ServerTrigger::Impl> {
  public:
    Impl(boost::asio::io_context& context, Client& client) : context_(context), client_(client) {}

    void reconfigure(std::vector<LwM2mServer> servers);
    bool knows(std::string_view server) const { return lines_.contains(server); }
    void ask(const std::string& server, std::string endpoint, std::uint16_t instance, Then then);

    Counters counters_;
    std::size_t under_way() const;
    std::size_t waiting() const;

  private:
    struct Question {
        std::string endpoint;
        std::uint16_t instance = 0;
        Then then;
    };
    struct Line {  // of those who wait for one server
        LwM2mServer server;
        std::size_t under_way = 0;
        std::deque<Question> waiting;
    };

    void send(Line& line, Question question);
    void on_answer(const std::string& server, ServerPreset preset, const Then& then,
                   const Result& result);
    void go_on(Line& line);
    void refuse(Then then, std::string why);

    boost::asio::io_context& context_;
    Client& client_;
    std::map<std::string, Line, std::less<>> lines_;
};

void ServerTrigger::Impl::reconfigure(std::vector<LwM2mServer> servers) {
    auto old = std::exchange(lines_, {});
    for (LwM2mServer& server : servers) {
        const std::string name = server.name;
        Line& line = lines_[name];
        if (const auto found = old.find(name); found != old.end()) {
            line = std::move(found->second);
            old.erase(found);
        }
        line.server = std::move(server);
    }
    for (auto& [name, line] : old)
        for (Question& question : line.waiting)
            refuse(std::move(question.then), "the settings name no LwM2M Server \"" + name + "\"");
    for (auto& [name, line] : lines_) go_on(line);
}

void ServerTrigger::Impl::ask(const std::string& server, std::string endpoint,
                              std::uint16_t instance, Then then) {
    const auto found = lines_.find(server);
    if (found == lines_.end())
        return refuse(std::move(then), "the settings name no LwM2M Server \"" + server + "\"");
    Line& line = found->second;
    if (line.waiting.size() >= most_waiting)
        return refuse(std::move(then), "too many wait for LwM2M Server \"" + server + "\"");
    line.waiting.push_back({std::move(endpoint), instance, std::move(then)});
    go_on(line);
}

void ServerTrigger::Impl::go_on(Line& line) {
    while (!line.waiting.empty() && line.under_way < line.server.concurrency) {
        Question question = std::move(line.waiting.front());
        line.waiting.pop_front();
        send(line, std::move(question));
    }
}

void ServerTrigger::Impl::send(Line& line, Question question) {
    const LwM2mServer& server = line.server;
    auto request = server_request(server, question.endpoint, question.instance);
    if (!request)
        return refuse(std::move(question.then),
                      "LwM2M Server \"" + server.name + "\": " + request.error());
    ++counters_.asked;
    ++line.under_way;
    client_.send(std::move(*request),
                 [weak = weak_from_this(), name = server.name, preset = server.preset,
                  then = std::move(question.then)](const Result& result) {
                     if (const auto self = weak.lock()) self->on_answer(name, preset, then, result);
                 });
}

void ServerTrigger::Impl::on_answer(const std::string& server, ServerPreset preset,
                                    const Then& then, const Result& result) {
    std::optional<std::string> failure =
        result ? failure_in(preset, *result) : std::optional(result.error());
    if (failure) {
        ++counters_.failed;
        failure = "LwM2M Server \"" + server + "\": " + *failure;
    }
    // One that was taken out of the settings and put in again has others under way.
    if (const auto found = lines_.find(server);
        found != lines_.end() && found->second.under_way > 0) {
        --found->second.under_way;
        go_on(found->second);
    }
    then(std::move(failure));
}

void ServerTrigger::Impl::refuse(Then then, std::string why) {
    ++counters_.refused;
    boost::asio::post(context_,
                      [weak = weak_from_this(), then = std::move(then), why = std::move(why)] {
                          if (weak.lock()) then(why);
                      });
}

std::size_t ServerTrigger::Impl::under_way() const {
    std::size_t sum = 0;
    for (const auto& [name, line] : lines_) sum += line.under_way;
    return sum;
}

std::size_t ServerTrigger::Impl::waiting() const {
    std::size_t sum = 0;
    for (const auto& [name, line] : lines_) sum += line.waiting.size();
    return sum;
}

ServerTrigger::ServerTrigger(boost::asio::io_context& context, Client& client)
    : impl_(std::make_shared<Impl>(context, client)) {}
ServerTrigger::~ServerTrigger() = default;

void ServerTrigger::reconfigure(std::vector<LwM2mServer> servers) {
    impl_->reconfigure(std::move(servers));
}
bool ServerTrigger::knows(std::string_view server) const {
    return impl_->knows(server);
}
void ServerTrigger::ask(const std::string& server, std::string endpoint, std::uint16_t instance,
                        Then then) {
    impl_->ask(server, std::move(endpoint), instance, std::move(then));
}
ServerTrigger::Counters ServerTrigger::counters() const {
    return impl_->counters_;
}
std::size_t ServerTrigger::under_way() const {
    return impl_->under_way();
}
std::size_t ServerTrigger::waiting() const {
    return impl_->waiting();
}

}  // namespace outbound
