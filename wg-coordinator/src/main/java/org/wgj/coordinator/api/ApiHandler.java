// SPDX-License-Identifier: Apache-2.0
package org.wgj.coordinator.api;

import java.io.IOException;

/** Answers the requests of one route. */
@FunctionalInterface
public interface ApiHandler {
    /**
     * Answers a request. It may block, for it is called on a thread for that.
     *
     * @param call the request
     * @return the answer
     * @throws ApiException to answer with an error
     * @throws IOException if the store fails; the caller is told to try again
     */
    ApiReply handle(ApiCall call) throws IOException;
}
