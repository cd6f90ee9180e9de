import { LogoutOutlined, QuestionCircleOutlined, UserOutlined } from "@ant-design/icons";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { Button } from "antd";
import { Suspense, useEffect, useRef, useState, type ReactNode } from "react";
import { NavLink, Outlet, useLocation, useNavigate } from "react-router";
import { api, told } from "../api/client";
import { useEngines } from "../api/directory";
import { useSession, useWho } from "../auth/session";
import { useCommonWords } from "../i18n/common";
import { useLanguage } from "../i18n/words";
import { hub, useLiveStatus } from "../live/hub";
import { screens } from "../screens/registry";
import { ErrorBoundary } from "../states/ErrorBoundary";
import { LiveBadge } from "../states/LiveBadge";
import { Loading } from "../states/Shown";
import { nextMode, useTheme } from "../theme";
import { Moon } from "../ui/Moon";
import { Help } from "./Help";
import { useKeys } from "./keys";
import { LanguageSwitch, ThemeSwitch, useChangeLanguage } from "./Switches";
import { useShellWords } from "./words";

function Navigation(): ReactNode {
  const t = useShellWords();
  const { role } = useWho();
  const has = { engines: (useEngines().data?.length ?? 0) > 0 };
  const shown = screens.filter((screen) => screen.icon && (!screen.roles || screen.roles.includes(role)) && (!screen.where || has[screen.where]));
  const groups = [...new Set(shown.map((screen) => screen.group))];
  return (
    <nav className="nav" aria-label={t("navigation")}>
      {groups.map((group) => (
        <div key={group} className="nav-group">
          <span className="nav-title">{t(`group.${group}`)}</span>
          {shown.filter((screen) => screen.group === group).map((screen) => {
            const Icon = screen.icon!;
            return (
              <NavLink key={screen.name} to={screen.path} end={screen.path === "/"} onPointerEnter={() => void screen.load()} onFocus={() => void screen.load()}>
                <Icon aria-hidden /> <span>{t(`nav.${screen.name}`)}</span>
              </NavLink>
            );
          })}
        </div>
      ))}
    </nav>
  );
}

function User(): ReactNode {
  const t = useShellWords();
  const c = useCommonWords();
  const who = useWho();
  const { leave } = useSession();
  return (
    <>
      <button type="button" popoverTarget="user-menu" className="user">
        <UserOutlined aria-hidden /> {who.user} <span className="tag">{c(`role.${who.role as "member"}`)}</span>
      </button>
      <div id="user-menu" popover="auto" className="user-menu">
        <p className="muted small">{t("projects")}</p>
        <p>{who.projects.join(", ") || c("none")}</p>
        <Button block icon={<LogoutOutlined aria-hidden />} onClick={leave}>{t("signOut")}</Button>
      </div>
    </>
  );
}

/**
 * The header says how fresh the page is: it follows jobs wherever the reader is. When the line breaks, and when it is
 * back, everything in sight is asked anew: so a screen soon says that it is old, and soon that it no longer is.
 */
function useFreshness(): void {
  const client = useQueryClient();
  const { state } = useLiveStatus();
  const before = useRef(state);
  useEffect(() => hub.follow("jobs", () => undefined), []);
  useEffect(() => {
    const broke = before.current === "live" && state === "waiting";
    const isBack = before.current !== "live" && before.current !== "connecting" && state === "live";
    before.current = state;
    if (broke || isBack) void client.invalidateQueries();
  }, [state, client]);
}

/** The frame of every screen: who, where, how fresh. */
export function Shell(): ReactNode {
  const t = useShellWords();
  const navigate = useNavigate();
  const { pathname } = useLocation();
  const { mode, setMode } = useTheme();
  const language = useLanguage();
  const changeLanguage = useChangeLanguage();
  const [helps, setHelps] = useState(false);
  const main = useRef<HTMLElement>(null);
  const centre = useQuery({ queryKey: ["centre"], queryFn: () => told(api.GET("/v1/centre")), refetchInterval: 30_000 });

  useFreshness();
  useEffect(() => {
    main.current?.scrollTo(0, 0);
  }, [pathname]);
  useKeys({
    "?": () => setHelps(true),
    t: () => setMode(nextMode(mode)),
    l: () => changeLanguage(language === "zh" ? "en" : "zh"),
    ...Object.fromEntries(screens.filter((screen) => screen.key).map((screen) => [`g ${screen.key}`, () => void navigate(screen.path)])),
  });
  const name = centre.data?.name ?? "";
  useEffect(() => {
    if (name) document.title = `${name} · Mingyue`;
  }, [name]);

  return (
    <div className="shell">
      <a className="skip" href="#content" onClick={(event) => { event.preventDefault(); main.current?.focus(); }}>{t("skip")}</a>
      <header className="top">
        <NavLink to="/" className="brand" title={t("home")}><Moon /> <b>明月</b></NavLink>
        <span className="centre-name">{name}</span>
        <LiveBadge />
        <span className="top-space" />
        <Button type="text" icon={<QuestionCircleOutlined aria-hidden />} aria-label={t("help")} title={`${t("help")} (?)`} onClick={() => setHelps(true)} />
        <LanguageSwitch />
        <ThemeSwitch />
        <User />
      </header>
      <Navigation />
      <main id="content" ref={main} tabIndex={-1}>
        {centre.data?.stalled && <div className="state-stale" role="alert">{t("stalled", { why: centre.data.stalled })}</div>}
        <ErrorBoundary key={pathname}>
          <Suspense fallback={<Loading />}><Outlet /></Suspense>
        </ErrorBoundary>
      </main>
      <Help open={helps} onClose={() => setHelps(false)} />
    </div>
  );
}
