#include "server/coap/fields.h"

#include <string>

namespace coap {
namespace {

// Calls handle(option) → Result<bool> for each option that is well-formed; false means that it has
// no meaning here.
template <class Handle>
std::optional<Errc> walk(const OptionList& options, Handle handle) {
    std::optional<OptionNumber> previous;
    for (const Option& option : options) {
        const auto known = rule(option.number);
        bool recognised = known && option.value.size() >= known->min_size &&
                          option.value.size() <= known->max_size &&
                          (known->repeatable || option.number != previous);
        previous = option.number;
        if (recognised) {
            const Result<bool> handled = handle(option);
            if (!handled) return handled.error();
            recognised = *handled;
        }
        if (!recognised && is_critical(option.number)) return Errc::unrecognised_option;
    }
    return std::nullopt;
}

std::uint16_t format_of(const Option& option) {
    return static_cast<std::uint16_t>(uint_value(option.value).value_or(0));
}

Result<bool> read_block(const Option& option, std::optional<Block>& into) {
    const auto block = Block::from(option.value);
    if (!block) return block.error();
    into = *block;
    return true;
}

Result<bool> read_request_option(const Option& option, RequestFields& fields) {
    Request& request = fields.request;
    switch (option.number) {
        case OptionNumber::uri_path:
            request.path.emplace_back(wire::as_text(option.value));
            return true;
        case OptionNumber::uri_query:
            request.queries.emplace_back(wire::as_text(option.value));
            return true;
        case OptionNumber::content_format:
            request.content_format = format_of(option);
            return true;
        case OptionNumber::accept:
            request.accept = format_of(option);
            return true;
        case OptionNumber::block1:
            return read_block(option, fields.block1);
        case OptionNumber::block2:
            return read_block(option, fields.block2);
        case OptionNumber::uri_host:
        case OptionNumber::uri_port:
            return true;  // there is one virtual server, whatever it is called
        case OptionNumber::proxy_uri:
        case OptionNumber::proxy_scheme:
            return Errc::proxying;
        case OptionNumber::if_match:
        case OptionNumber::if_none_match:
        case OptionNumber::etag:
        case OptionNumber::observe:
        case OptionNumber::location_path:
        case OptionNumber::max_age:
        case OptionNumber::location_query:
        case OptionNumber::size2:
        case OptionNumber::size1:
            return false;
    }
    return false;
}

Result<bool> read_response_option(const Option& option, ResponseFields& fields) {
    switch (option.number) {
        case OptionNumber::content_format:
            fields.content_format = format_of(option);
            return true;
        case OptionNumber::etag:
            if (!fields.etag) fields.etag.emplace(option.value.begin(), option.value.end());
            return true;
        case OptionNumber::block1:
            return read_block(option, fields.block1);
        case OptionNumber::block2:
            return read_block(option, fields.block2);
        case OptionNumber::uri_path:
        case OptionNumber::uri_query:
        case OptionNumber::accept:
        case OptionNumber::uri_host:
        case OptionNumber::uri_port:
        case OptionNumber::proxy_uri:
        case OptionNumber::proxy_scheme:
        case OptionNumber::if_match:
        case OptionNumber::if_none_match:
        case OptionNumber::observe:
        case OptionNumber::location_path:
        case OptionNumber::max_age:
        case OptionNumber::location_query:
        case OptionNumber::size2:
        case OptionNumber::size1:
            return false;
    }
    return false;
}

}  // namespace

Result<RequestFields> read_request(const Message& message) {
    RequestFields fields;
    fields.request.method = message.code;
    const auto error = walk(message.options, [&fields](const Option& option) {
        return read_request_option(option, fields);
    });
    if (error) return *error;
    return fields;
}

Result<ResponseFields> read_response(const Message& message) {
    ResponseFields fields;
    const auto error = walk(message.options, [&fields](const Option& option) {
        return read_response_option(option, fields);
    });
    if (error) return *error;
    return fields;
}

void write_options(MessageWriter& writer, const Request& request, std::optional<Block> block2,
                   std::optional<Block> block1, std::size_t body_size) {
    for (const std::string& segment : request.path)
        writer.option(OptionNumber::uri_path, wire::as_bytes(segment));
    if (request.content_format)
        writer.option(OptionNumber::content_format, std::uint32_t{*request.content_format});
    for (const std::string& query : request.queries)
        writer.option(OptionNumber::uri_query, wire::as_bytes(query));
    if (request.accept) writer.option(OptionNumber::accept, std::uint32_t{*request.accept});
    if (block2) writer.option(OptionNumber::block2, block2->value());
    if (!block1) return;
    writer.option(OptionNumber::block1, block1->value());
    if (block1->number == 0)
        writer.option(OptionNumber::size1, static_cast<std::uint32_t>(body_size));
}

void write_options(MessageWriter& writer, const ResponseOptions& options) {
    if (!options.etag.empty()) writer.option(OptionNumber::etag, options.etag);
    if (options.content_format)
        writer.option(OptionNumber::content_format, std::uint32_t{*options.content_format});
    if (options.block2) writer.option(OptionNumber::block2, options.block2->value());
    if (options.block1) writer.option(OptionNumber::block1, options.block1->value());
    if (options.size2) writer.option(OptionNumber::size2, *options.size2);
}

bool same_resource(const Request& a, const Request& b) {
    return a.method == b.method && a.path == b.path && a.queries == b.queries &&
           a.content_format == b.content_format && a.accept == b.accept;
}

std::size_t estimated_size(const Request& request) {
    std::size_t size = 32;
    for (const std::string& segment : request.path) size += 3 + segment.size();
    for (const std::string& query : request.queries) size += 3 + query.size();
    return size;
}

}  // namespace coap
