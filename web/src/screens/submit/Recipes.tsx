import { useQuery } from "@tanstack/react-query";
import { Button, Modal } from "antd";
import type { ReactNode } from "react";
import { api, told, type Schemas } from "../../api/client";
import { useFormat } from "../../format/useFormat";
import { useCommonWords } from "../../i18n/common";
import { useLanguage } from "../../i18n/words";
import { Nothing, Shown } from "../../states/Shown";
import { useSubmitWords } from "./words";

export type Recipe = Schemas["RecipeView"];

/** Real work of each kind, ready to submit. */
export function Recipes({ open, onClose, onUse }: { open: boolean; onClose: () => void; onUse: (recipe: Recipe, document: Recipe["jobs"][number]) => void }): ReactNode {
  const t = useSubmitWords();
  const c = useCommonWords();
  const f = useFormat();
  const language = useLanguage();
  const query = useQuery({ queryKey: ["recipes", language], queryFn: ({ signal }) => told(api.GET("/v1/recipes", { signal })), enabled: open, staleTime: 600_000 });
  return (
    <Modal open={open} onCancel={onClose} title={t("recipes")} footer={null} width={640} closable={{ "aria-label": c("close") }} className="recipes">
      <Shown query={query} isEmpty={(all) => all.length === 0} empty={<Nothing>{t("noRecipes")}</Nothing>}>
        {(all) => (
          <ul>
            {all.map((recipe) => (
              <li key={recipe.name}>
                <h3>{recipe.title} <span className="tag">{c(`kind.${recipe.kind as "ai"}`)}</span></h3>
                <p>{recipe.about}</p>
                <p className="muted small">
                  {[recipe.time_ms && t("takes", { time: f.duration(recipe.time_ms) }), recipe.packages.length > 0 && t("needs", { what: recipe.packages.join(", ") })].filter(Boolean).join(" · ")}
                </p>
                <div className="recipe-jobs">
                  {recipe.jobs.map((document) => <Button key={document.as} size="small" onClick={() => onUse(recipe, document)}>{recipe.jobs.length === 1 ? t("use") : document.as}</Button>)}
                </div>
              </li>
            ))}
          </ul>
        )}
      </Shown>
    </Modal>
  );
}
