#include "api/card_view.hpp"
#include "api/parts.hpp"

/// GET /v1/cards: what every card does, for a map of the centre.
namespace mingyue::api {

void add_card_routes(Parts& parts, Routes& routes) {
  routes.add(
      {.method = "GET",
       .pattern = "/v1/cards",
       .id = "listCards",
       .summary = "What every card and core does now, in a form for a centre of ten thousand cards: by node, each "
                  "card as one number that names its job or why it has none",
       .answers = {json_of<wire::CardsView>()}},
      [&parts](Call call) {
        answer(parts, std::move(call),
               [](const runtime::View& view, const Call&) -> Expected<wire::CardsView, http::Problem> {
                 wire::CardsView cards = cards_view(view.state);
                 cards.at = view.now;
                 cards.seq = view.head_seq;
                 return cards;
               });
      });
}

}  // namespace mingyue::api
