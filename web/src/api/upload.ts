import { problemOf, unreachable } from './client.ts';

interface Upload {
  path: string;
  file: Blob;
  fileName: string;
  /** Sent before the file, so that the server knows them when the file arrives. */
  fields?: Record<string, string>;
  onProgress?: (share: number) => void;
  signal?: AbortSignal;
}

/** Sends a file as multipart/form-data. XMLHttpRequest, because fetch cannot say how far an upload is. */
export function upload<T>({ path, file, fileName, fields = {}, onProgress, signal }: Upload): Promise<T> {
  return new Promise((resolve, reject) => {
    const form = new FormData();
    for (const [name, value] of Object.entries(fields)) form.append(name, value);
    form.append('file', file, fileName);
    const request = new XMLHttpRequest();
    request.open('POST', path);
    request.responseType = 'json';
    request.upload.onprogress = (event) => {
      if (event.lengthComputable) onProgress?.(event.loaded / event.total);
    };
    request.onload = () => {
      if (request.status >= 200 && request.status < 300) resolve(request.response as T);
      else reject(problemOf(request.status, request.response));
    };
    request.onerror = () => reject(unreachable());
    request.onabort = () => reject(new DOMException('The upload was stopped.', 'AbortError'));
    signal?.addEventListener('abort', () => request.abort());
    request.send(form);
  });
}
