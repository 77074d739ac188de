// SPDX-License-Identifier: Apache-2.0
package org.wgj.coordinator.api;

import java.io.IOException;

/** An answer that is an error. */
public final class ApiException extends IOException {
    private static final long serialVersionUID = 1L;

    private final int status;
    private final String reason;

    /**
     * Creates one.
     *
     * @param status the HTTP status, 400 to 599
     * @param reason a word for programs, such as {@code not_found}
     * @param message what is wrong and what to do; it may be shown to the caller
     */
    public ApiException(int status, String reason, String message) {
        super(message);
        this.status = status;
        this.reason = reason;
    }

    /**
     * Makes the answer to a request that is wrong in itself.
     *
     * @param message what is wrong
     * @return status 400
     */
    public static ApiException badRequest(String message) {
        return new ApiException(400, "bad_request", message);
    }

    /**
     * Returns the status.
     *
     * @return 400 to 599
     */
    public int status() {
        return status;
    }

    /**
     * Returns the word for programs.
     *
     * @return lower case with underscores
     */
    public String reason() {
        return reason;
    }
}
