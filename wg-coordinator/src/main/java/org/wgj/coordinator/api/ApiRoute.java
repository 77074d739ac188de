// SPDX-License-Identifier: Apache-2.0
package org.wgj.coordinator.api;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;

/**
 * One route.
 *
 * @param method in upper case
 * @param pattern a path such as {@code /v1/admin/nodes/{node}}; a last part {@code {name...}}
 *     stands for the rest of the path, slashes included
 * @param callers who may use it
 * @param handler answers
 */
public record ApiRoute(
        String method, String pattern, Set<Caller.Kind> callers, ApiHandler handler) {
    private static final String REST = "...}";

    public ApiRoute {
        Objects.requireNonNull(method, "method");
        if (!pattern.startsWith("/")) {
            throw new IllegalArgumentException("pattern " + pattern + " does not begin with /");
        }
        callers = Set.copyOf(callers);
        Objects.requireNonNull(handler, "handler");
    }

    /**
     * Compares a path with the pattern.
     *
     * @param path a decoded path
     * @return the parts that the pattern names; empty if the path does not fit
     */
    Optional<Map<String, String>> match(String path) {
        List<String> wanted = List.of(pattern.split("/", -1));
        List<String> given = List.of(path.split("/", -1));
        Map<String, String> parameters = new HashMap<>();
        for (int i = 0; i < wanted.size(); i++) {
            String part = wanted.get(i);
            if (part.endsWith(REST)) {
                if (i >= given.size()) {
                    return Optional.empty();
                }
                parameters.put(
                        part.substring(1, part.length() - REST.length()),
                        String.join("/", given.subList(i, given.size())));
                return Optional.of(parameters);
            }
            if (i >= given.size()) {
                return Optional.empty();
            }
            if (part.startsWith("{") && !given.get(i).isEmpty()) {
                parameters.put(part.substring(1, part.length() - 1), given.get(i));
            } else if (!part.equals(given.get(i))) {
                return Optional.empty();
            }
        }
        return given.size() == wanted.size() ? Optional.of(parameters) : Optional.empty();
    }
}
