package dev.kanmon.server;

/** What is done for one path and method. */
@FunctionalInterface
interface Endpoint {

    /**
     * Answers a call.
     *
     * @throws ApiError if it is refused; then nothing has been answered yet
     */
    void answer(Call call) throws ApiError;
}
