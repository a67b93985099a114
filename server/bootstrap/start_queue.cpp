#include "server/bootstrap/start_queue.h"

namespace bootstrap {

std::uint64_t StartQueue::place_of(LiveSession& live) {
    if (!live.place_in_queue) live.place_in_queue = next_place_++;
    return *live.place_in_queue;
}

void StartQueue::join(LiveSession& live) {
    waiting_.try_emplace(place_of(live), &live);
}

void StartQueue::step_aside(LiveSession& live) {
    waiting_.erase(place_of(live));
}

void StartQueue::leave(LiveSession& live) {
    if (!live.place_in_queue) return;
    waiting_.erase(*live.place_in_queue);
    live.place_in_queue.reset();
}

}  // namespace bootstrap
