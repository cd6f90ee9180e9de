import { useSyncExternalStore } from "react";
import { i18next, type Language } from ".";

export interface Tree {
  [key: string]: string | Tree;
}

/** The same keys in the other language. Chinese has no plural: `_one` is left out there. */
type Same<W> = {
  [K in keyof W as K extends `${string}_one` ? never : K]: W[K] extends string ? string : Same<W[K]>;
};
type Base<K extends string> = K extends `${infer B}_one` ? B : K extends `${infer B}_other` ? B : K;
type Keys<W, P extends string = ""> = {
  [K in keyof W & string]: W[K] extends string ? `${P}${Base<K>}` : Keys<W[K], `${P}${K}.`>;
}[keyof W & string];

export type Say<W> = (key: Keys<W>, values?: Record<string, string | number>) => string;
export interface Words<W> {
  /** In a component: `const t = useWords()`, then `t("why.title")`. The compiler knows the keys. */
  (): Say<W>;
  both: { en: W; zh: Same<W> };
}

/** All that were defined, for the test that compares the languages. */
export const defined = new Map<string, { en: Tree; zh: Tree }>();

type Lookup = (key: string, values?: Record<string, string | number>) => string;
function remembering(say: Lookup): Lookup {
  const known = new Map<string, string>();
  return (key, values) => {
    if (values) return say(key, values);
    let word = known.get(key);
    if (word === undefined) known.set(key, (word = say(key)));
    return word;
  };
}

/** The words of one part of the console, in both languages, beside the code that says them. */
export function defineWords<W extends Tree>(name: string, both: { en: W; zh: Same<W> }): Words<W> {
  defined.set(name, both as unknown as { en: Tree; zh: Tree });
  for (const language of ["en", "zh"] as const) i18next.addResourceBundle(language, name, both[language], true, true);
  // One function for each language, for ever, and a word without values is looked up once: a table asks for it in each cell.
  const says = { en: remembering(i18next.getFixedT("en", name) as Lookup), zh: remembering(i18next.getFixedT("zh", name) as Lookup) } as unknown as Record<Language, Say<W>>;
  const use = (): Say<W> => says[useLanguage()];
  return Object.assign(use, { both });
}

function watch(listener: () => void): () => void {
  i18next.on("languageChanged", listener);
  return () => i18next.off("languageChanged", listener);
}
const current = (): Language => i18next.language as Language;

export function useLanguage(): Language {
  return useSyncExternalStore(watch, current);
}
