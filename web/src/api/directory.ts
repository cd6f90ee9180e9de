import { useQuery, type UseQueryResult } from "@tanstack/react-query";
import { api, told, type Schemas } from "./client";

/** What the centre has by name: asked once for all screens and filters that show it. */
export const useCentre = (): UseQueryResult<Schemas["CentreView"]> =>
  useQuery({ queryKey: ["centre"], queryFn: () => told(api.GET("/v1/centre")) });

export const useProjects = (): UseQueryResult<Schemas["ProjectView"][]> =>
  useQuery({ queryKey: ["projects"], queryFn: () => told(api.GET("/v1/projects")) });

export const useUsers = (): UseQueryResult<Schemas["UserView"][]> =>
  useQuery({ queryKey: ["users"], queryFn: () => told(api.GET("/v1/users")) });

export const useEngines = (): UseQueryResult<Schemas["EngineView"][]> =>
  useQuery({ queryKey: ["engines"], queryFn: () => told(api.GET("/v1/engines")), refetchInterval: 30_000 });

/** All nodes, as a list: the same address also gives a stream. */
export const useNodes = (): UseQueryResult<Schemas["NodeView"][]> =>
  useQuery({ queryKey: ["nodes"], queryFn: ({ signal }) => told(api.GET("/v1/nodes", { signal })) as Promise<Schemas["NodeView"][]>, structuralSharing: false });
