// SPDX-License-Identifier: Apache-2.0
package org.wgj.coordinator.api;

import java.io.IOException;
import java.io.InputStream;

/** The description of the interface in the format of OpenAPI 3.1, a resource of this package. */
public final class OpenApi {
    private static final String RESOURCE = "openapi.yaml";

    private OpenApi() {}

    /**
     * Reads the description.
     *
     * @return UTF-8
     * @throws IOException if it cannot be read
     */
    public static byte[] yaml() throws IOException {
        try (InputStream in = OpenApi.class.getResourceAsStream(RESOURCE)) {
            if (in == null) {
                throw new IOException("the resource " + RESOURCE + " is missing");
            }
            return in.readAllBytes();
        }
    }

    /**
     * Makes the answer with the description.
     *
     * @return its type is {@code application/yaml}, RFC 9512
     * @throws IOException if it cannot be read
     */
    public static ApiReply reply() throws IOException {
        return ApiReply.of("application/yaml", yaml());
    }
}
