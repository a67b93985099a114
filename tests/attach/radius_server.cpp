// The RADIUS listener alone, for real clients: radius_server ADDRESS:PORT SECRET. Says on standard
// output where it listens, then a line an event; the device with the IMSI 001019999999999 is one
// that cannot be kept at its first event.

#include <iostream>
#include <string>

#include <nlohmann/json.hpp>

#include "server/asio.h"
#include "server/attach/radius_listener.h"

namespace {

class PrintingSink : public attach::Sink {
  public:
    void take(attach::Event event, std::function<void(attach::Answer)> then) override {
        const bool attached = event.what == attach::Event::Kind::attached;
        print({{"what", attached ? "attached" : "detached"},
               {"kind", event.kind.value_or("")},
               {"origin", event.origin},
               {"id", event.id.value_or("")},
               {"imsi", event.imsi.value_or("")},
               {"imei", event.imei.value_or("")},
               {"msisdn", event.msisdn.value_or("")},
               {"apn", event.apn.value_or("")},
               {"time", event.time.value_or("")},
               {"address", event.address ? event.address->to_string() : ""}});
        if (event.imsi == "001019999999999" && !refused_)
            then(attach::Unavailable{"not now"});
        else
            then(attach::Withdrawn{});
        refused_ = refused_ || event.imsi == "001019999999999";
    }
    void withdraw_all(std::string origin) override {
        print({{"what", "restarted"}, {"origin", origin}});
    }

  private:
    static void print(const nlohmann::json& line) { std::cout << line.dump() << std::endl; }
    bool refused_ = false;
};

}  // namespace

int main(int count, char** arguments) {
    const auto address = count == 3 ? wire::SocketAddress::from(arguments[1]) : std::nullopt;
    if (!address) {
        std::cerr << "usage: radius_server ADDRESS:PORT SECRET\n";
        return 2;
    }
    boost::asio::io_context io;
    PrintingSink sink;
    journal::Journal journal(journal::Level::info, journal::Format::text);
    const auto opened =
        attach::radius::Listener::open(io, {*address},
                                       {{"core-1", *wire::AddressPrefix::from("127.0.0.0/8"),
                                         model::Secret(wire::as_bytes(arguments[2])), false}},
                                       {}, sink, journal);
    if (!opened) {
        std::cerr << opened.error() << '\n';
        return 1;
    }
    std::cout << (*opened)->addresses()[0].to_string() << std::endl;
    io.run();
    return 0;
}
