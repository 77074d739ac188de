// SPDX-License-Identifier: Apache-2.0
package org.wgj.coordinator.admin;

import com.google.gson.JsonElement;

import java.io.IOException;

/** A way to {@link AdminRoutes}. */
public interface AdminCalls extends AutoCloseable {
    /**
     * Makes a request and waits for its answer.
     *
     * @param method in upper case
     * @param path below {@code /v1/admin}, such as {@code /tokens}; encoded
     * @param bodyOrNull the body; null for none
     * @return the answer's body
     * @throws IOException if the request is refused, with a message for the user, or if the
     *     coordinator or its store fails
     */
    JsonElement call(String method, String path, JsonElement bodyOrNull) throws IOException;

    /** Ends the way. */
    @Override
    void close() throws IOException;
}
