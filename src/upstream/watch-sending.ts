import type { Dispatcher } from 'undici';

/**
 * A dispatcher that tells when a request is about to be written to a connection that stands: it calls the function that
 * the request carries as `opaque`.
 */
export function watchSending(dispatcher: Dispatcher): Dispatcher {
  return dispatcher.compose((dispatch) => (options, handler) => {
    const { opaque: onSent } = options as Partial<Dispatcher.RequestOptions<unknown>>;
    if (typeof onSent !== 'function') return dispatch(options, handler);
    const watched: Dispatcher.DispatchHandler = {
      onRequestStart: (controller, context) => {
        handler.onRequestStart?.(controller, context);
        if (!controller.aborted) onSent();
      },
      onRequestUpgrade: (...args) => handler.onRequestUpgrade?.(...args),
      onResponseStart: (...args) => handler.onResponseStart?.(...args),
      onResponseData: (...args) => handler.onResponseData?.(...args),
      onResponseEnd: (...args) => handler.onResponseEnd?.(...args),
      onResponseError: (...args) => handler.onResponseError?.(...args),
    };
    return dispatch(options, watched);
  });
}
