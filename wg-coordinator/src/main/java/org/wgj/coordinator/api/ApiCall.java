// SPDX-License-Identifier: Apache-2.0
package org.wgj.coordinator.api;

import java.util.Map;
import java.util.Objects;

/**
 * One request.
 *
 * @param method in upper case
 * @param path without the query
 * @param parameters the parts of the path that the route's pattern names
 * @param query the query's fields; the last one of a name counts
 * @param body empty if there is none
 * @param caller who asks
 */
public record ApiCall(
        String method,
        String path,
        Map<String, String> parameters,
        Map<String, String> query,
        byte[] body,
        Caller caller) {
    public ApiCall {
        Objects.requireNonNull(method, "method");
        Objects.requireNonNull(path, "path");
        parameters = Map.copyOf(parameters);
        query = Map.copyOf(query);
        Objects.requireNonNull(body, "body");
        Objects.requireNonNull(caller, "caller");
    }

    /**
     * Returns a part of the path.
     *
     * @param name as in the route's pattern
     * @return its text
     */
    public String parameter(String name) {
        return Objects.requireNonNull(parameters.get(name), name);
    }

    /**
     * Returns a part of the path that is a number.
     *
     * @param name as in the route's pattern
     * @return the number
     * @throws ApiException with status 400 if it is not one
     */
    public long number(String name) throws ApiException {
        return number(name, parameter(name));
    }

    /**
     * Returns a field of the query that is a number.
     *
     * @param name the field's name
     * @param missing what to return if there is no such field
     * @return the number
     * @throws ApiException with status 400 if it is not one
     */
    public long queryNumber(String name, long missing) throws ApiException {
        String text = query.get(name);
        return text == null ? missing : number(name, text);
    }

    private static long number(String name, String text) throws ApiException {
        try {
            long number = Long.parseLong(text);
            if (number >= 0) {
                return number;
            }
        } catch (NumberFormatException e) {
            throw ApiException.badRequest(name + " must be a number");
        }
        throw ApiException.badRequest(name + " must not be negative");
    }
}
