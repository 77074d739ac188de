// SPDX-License-Identifier: Apache-2.0
package org.wgj.coordinator.serve;

import org.wgj.coordinator.api.ApiException;
import org.wgj.coordinator.registry.RefusedException;

/** Turns what the registry refuses into answers of HTTP. */
final class Refusals {
    private Refusals() {}

    static ApiException answer(RefusedException refused) {
        int status =
                switch (refused.reason()) {
                    case NOT_FOUND, UNKNOWN_TOKEN -> 404;
                    case BAD_REQUEST -> 400;
                    case NOT_APPROVED -> 403;
                    default -> 409;
                };
        return new ApiException(status, refused.reason().text(), refused.getMessage());
    }
}
